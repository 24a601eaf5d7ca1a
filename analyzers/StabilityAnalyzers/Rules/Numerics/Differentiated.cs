using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>Whether <c>backward</c> goes through an expression.</summary>
/// <param name="symbols">The symbols of the compilation.</param>
internal sealed class Differentiated(TorchSharpSymbols symbols)
{
    private const int Budget = 64;

    // Nothing goes back through these.
    private static readonly ImmutableHashSet<string> s_endings = ImmutableHashSet.Create(
        "detach", "detach_", "item", "ToSingle", "ToDouble", "ToInt32", "ToInt64", "ToBoolean",
        "argmax", "argmin", "eq", "ne", "lt", "le", "gt", "ge", "WriteLine", "Write", "copy_");

    /// <summary>
    /// True where the value is computed from the output of a module, and goes into the result of a
    /// <c>forward</c>, or into a variable whose <c>backward</c> the same method calls. False where anything in the
    /// method turns gradients off, and where that is not known.
    /// </summary>
    /// <param name="expression">The expression.</param>
    /// <param name="operand">What it is computed from.</param>
    /// <param name="method">The method that holds it.</param>
    public bool Is(IOperation expression, IOperation operand, IMethodSymbol method)
    {
        var body = expression.Enclosing().Body;
        if (IsCutOff(expression) || !IsTrained(operand, method))
        {
            return false;
        }

        var backward = new List<IOperation>();
        foreach (var operation in body.Descendants())
        {
            if (operation is not IInvocationOperation call)
            {
                continue;
            }

            switch (call.TargetMethod.Name)
            {
                case "no_grad" or "inference_mode" or "set_grad_enabled":
                    return false;
                case "backward" when call.Instance is { } loss && symbols.IsTensor(loss.Type):
                    backward.Add(loss);
                    break;
            }
        }

        return method is { Name: "forward", IsOverride: true } && symbols.IsModule(method.ContainingType)
            ? FlowsInto(expression, body, ReturnsOf(body))
            : FlowsInto(expression, body, backward);
    }

    private static List<IOperation> ReturnsOf(IOperation body) =>
        [.. body.Descendants().OfType<IReturnOperation>().Select(operation => operation.ReturnedValue).OfType<IOperation>()];

    // loss.detach(), loss.item<float>(), a.gt(b)
    private static bool IsCutOff(IOperation expression)
    {
        for (var parent = expression.Parent; parent is not null and not IBlockOperation; parent = parent.Parent)
        {
            if (parent is IInvocationOperation call && s_endings.Contains(call.TargetMethod.Name))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsTrained(IOperation operand, IMethodSymbol method)
    {
        var work = new Stack<IOperation>();
        work.Push(operand);
        for (var spent = 0; work.Count > 0 && spent < Budget; spent++)
        {
            foreach (var operation in work.Pop().DescendantsAndSelf())
            {
                switch (operation)
                {
                    case IInvocationOperation { TargetMethod.Name: "detach" or "detach_" }:
                        return false;
                    case IInvocationOperation { TargetMethod.Name: "call" or "forward", Instance: { } module } when symbols.IsModule(module.Type):

                    // forward(prediction, target) of a loss
                    case IParameterReferenceOperation { Parameter.Ordinal: 0 } when method is { Name: "forward", IsOverride: true } && symbols.IsLoss(method.ContainingType):
                        return true;
                    case ILocalReferenceOperation local when ReachingValue.Of(local) is { } value:
                        work.Push(value);
                        break;
                }
            }
        }

        return false;
    }

    // Whatever is assigned to a variable that the sinks read, at any place: the variables that matter grow until no more come.
    private static bool FlowsInto(IOperation expression, IOperation body, List<IOperation> sinks)
    {
        var variables = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        var reached = new List<IOperation>(sinks);
        for (var i = 0; i < reached.Count && i < Budget; i++)
        {
            foreach (var operation in reached[i].DescendantsAndSelf())
            {
                if (ReferenceEquals(operation, expression))
                {
                    return true;
                }

                if (operation is (ILocalReferenceOperation or IParameterReferenceOperation)
                    && operation.ReferredSymbol() is { } symbol && variables.Add(symbol))
                {
                    reached.AddRange(ValuesOf(symbol, body));
                }
            }
        }

        return false;
    }

    private static IEnumerable<IOperation> ValuesOf(ISymbol variable, IOperation body)
    {
        foreach (var operation in body.Descendants())
        {
            switch (operation)
            {
                case IVariableDeclaratorOperation declarator when SymbolEqualityComparer.Default.Equals(declarator.Symbol, variable)
                    && declarator.GetVariableInitializer()?.Value is { } value:
                    yield return value;
                    break;
                case ISimpleAssignmentOperation assignment when SymbolEqualityComparer.Default.Equals(assignment.Target.Unwrap().ReferredSymbol(), variable):
                    yield return assignment.Value;
                    break;
                case ICompoundAssignmentOperation assignment when SymbolEqualityComparer.Default.Equals(assignment.Target.Unwrap().ReferredSymbol(), variable):
                    yield return assignment.Value;
                    break;
            }
        }
    }
}
