using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>STAB3005: a loop adds the loss tensor itself to a total, or to a list, and with it the graph that it comes from.</summary>
/// <remarks>
/// Only a loss whose own <c>backward</c> is called in the loop, without keeping the graph for another one: the sum is then
/// no part of what is differentiated. Where anything disposes of tensors in the loop, the fault is of another kind.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB3005LossKeepsGraph : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB3005";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "The loss is accumulated together with its graph",
        "'{0}' keeps the graph of each iteration alive, because the tensor '{1}' itself is added to it",
        RuleCategory.TrainingLoop,
        DiagnosticSeverity.Warning,
        "A loss tensor holds the graph that it was computed by. Adding the tensor, and not its value, to a total or a list keeps the graphs of all iterations alive, and memory grows from step to step.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols) =>
        context.RegisterOperationAction(
            operation => Analyze(operation, symbols),
            OperationKind.CompoundAssignment, OperationKind.SimpleAssignment, OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, TorchSharpSymbols symbols)
    {
        if (Addition(context.Operation, symbols) is var (target, added)
            && target.Unwrap().ReferredSymbol() is { } total
            && added.Unwrap() is ILocalReferenceOperation { Local: var loss } reference
            && LoopOf(context.Operation, loss) is { } loop
            && !IsDeclaredIn(total, loop)
            && (IsDifferentiated(loop, loss, symbols) || IsDifferentiatedByItsMaker(loop, loss, symbols, context.CancellationToken))
            && !MayRelease(loop, total)
            && !IsAssignedIn(loop, loss))
        {
            context.ReportDiagnostic(Diagnostic.Create(s_rule, reference.Syntax.GetLocation(), total.Name, loss.Name));
        }
    }

    // total += loss, total = total + loss, losses.Add(loss): what grows, and by what.
    private static (IOperation? Target, IOperation? Added)? Addition(IOperation operation, TorchSharpSymbols symbols) => operation switch
    {
        ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Add } sum when symbols.IsTensor(sum.Target.Type) =>
            (sum.Target, Scaled(sum.Value, symbols)),
        ISimpleAssignmentOperation { Target: var target, Value: var value } when symbols.IsTensor(target.Type)
            && value.Unwrap() is IBinaryOperation { OperatorKind: BinaryOperatorKind.Add } sum
            && target.Unwrap().ReferredSymbol() is { } total
            && SymbolEqualityComparer.Default.Equals(sum.LeftOperand.Unwrap().ReferredSymbol(), total) =>
            (target, Scaled(sum.RightOperand, symbols)),
        IInvocationOperation { TargetMethod: { Name: "Add", ContainingType: { Name: "List", TypeArguments: [var held] } }, Arguments: [{ Value: var added }] } add
            when symbols.IsTensor(held) => (add.Instance, added),
        _ => null,
    };

    // loss * n, loss / n
    private static IOperation? Scaled(IOperation value, TorchSharpSymbols symbols) =>
        value.Unwrap() is IBinaryOperation { OperatorKind: BinaryOperatorKind.Multiply or BinaryOperatorKind.Divide } scaled
            ? symbols.IsTensor(scaled.LeftOperand.Unwrap()?.Type) ? scaled.LeftOperand : scaled.RightOperand
            : value;

    // The innermost loop in the same body in which the loss is declared.
    private static ILoopOperation? LoopOf(IOperation operation, ILocalSymbol loss)
    {
        for (var parent = operation.Parent; parent is not (null or IAnonymousFunctionOperation or ILocalFunctionOperation); parent = parent.Parent)
        {
            if (parent is ILoopOperation loop && IsDeclaredIn(loss, loop))
            {
                return loop;
            }
        }

        return null;
    }

    private static bool IsDeclaredIn(ISymbol symbol, IOperation region) =>
        symbol.DeclaringSyntaxReferences.Any(reference =>
            reference.SyntaxTree == region.Syntax.SyntaxTree && region.Syntax.Span.Contains(reference.Span));

    // var loss = TrainStep(x, y); where this calls loss.backward() and returns the loss.
    private static bool IsDifferentiatedByItsMaker(ILoopOperation loop, ILocalSymbol loss, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        var source = SourceIndex.Of(symbols.Compilation);
        var value = loop.Descendants().OfType<IVariableDeclaratorOperation>()
            .FirstOrDefault(declarator => SymbolEqualityComparer.Default.Equals(declarator.Symbol, loss))?.GetVariableInitializer()?.Value;
        if (value.Unwrap() is not IInvocationOperation { IsVirtual: false, TargetMethod: { IsAsync: false } maker }
            || !source.IsSource(maker.OriginalDefinition)
            || source.Body(maker, cancellation) is not { } body
            || loop.Descendants().OfType<IInvocationOperation>().Any(call => TorchSharpSymbols.IsMethod(call.TargetMethod, symbols.Tensor, "backward")))
        {
            return false;
        }

        var returned = source.ReturnsOf(maker, cancellation).Select(result => (result.Unwrap() as ILocalReferenceOperation)?.Local).ToList();
        return returned.Count > 0
            && returned.All(local => local is not null && SymbolEqualityComparer.Default.Equals(local, returned[0]))
            && IsDifferentiated(body, returned[0]!, symbols)
            && !MayRelease(body, returned[0]!)
            && !IsAssignedIn(body, returned[0]!);
    }

    // loss.backward(), and nothing that would keep the graph for a second time.
    private static bool IsDifferentiated(IOperation body, ILocalSymbol loss, TorchSharpSymbols symbols)
    {
        var calls = body.Descendants().OfType<IInvocationOperation>()
            .Where(call => TorchSharpSymbols.IsMethod(call.TargetMethod, symbols.Tensor, "backward")).ToList();
        return calls.Any(call => SymbolEqualityComparer.Default.Equals(call.Instance.Unwrap().ReferredSymbol(), loss))
            && calls.All(call => call.Arguments.All(argument => argument.ArgumentKind == ArgumentKind.DefaultValue));
    }

    // loss = loss.detach();
    private static bool IsAssignedIn(IOperation body, ILocalSymbol loss) => body.Descendants().OfType<ISimpleAssignmentOperation>()
        .Any(assignment => SymbolEqualityComparer.Default.Equals(assignment.Target.Unwrap().ReferredSymbol(), loss));

    private static bool MayRelease(IOperation body, ISymbol total) =>
        GradientSwitch.IsOffIn(body.Syntax) || body.Descendants().Any(operation => operation switch
        {
            IUsingOperation or IUsingDeclarationOperation => true,
            IInvocationOperation { TargetMethod.Name: var name } call => name is "NewDisposeScope" or "DisposeEverything"
                or "DisposeEverythingBut" or "Dispose" or "detach_" or "Detach" or "Clear" or "RemoveAt" or "RemoveRange",
            // A new sum every now and then.
            ISimpleAssignmentOperation { Target: var target, Value: var value } =>
                SymbolEqualityComparer.Default.Equals(target.Unwrap().ReferredSymbol(), total)
                && !value.Descendants().Any(part => SymbolEqualityComparer.Default.Equals(part.ReferredSymbol(), total)),
            _ => false,
        });
}
