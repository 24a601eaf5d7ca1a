using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>STAB5013: an operator that changes nothing stands alone as a statement: <c>x.to(device);</c>.</summary>
/// <remarks>
/// Left alone: what starts from a tensor without a name (which warms a device up), what is done to see whether it throws
/// (a <c>try</c> with a <c>catch</c>, a lambda, a test), and what is timed.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5013DroppedResult : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5013";

    private static readonly ImmutableHashSet<string> s_tests = ImmutableHashSet.Create(
        "FactAttribute", "TheoryAttribute", "TestAttribute", "TestCaseAttribute", "TestMethodAttribute", "DataTestMethodAttribute",
        "BenchmarkAttribute", "GlobalSetupAttribute", "IterationSetupAttribute");

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "The result of an operator that changes nothing is dropped",
        "'{0}' leaves '{1}' as it is and returns a new tensor, which is dropped",
        RuleCategory.Usage,
        DiagnosticSeverity.Warning,
        "The methods of a tensor return a new tensor; only those whose names end in an underscore change the tensor itself. A statement that drops the result, such as x.to(device), has no effect. It is not so with modules, whose to, cuda and cpu change the module.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols) =>
        context.RegisterOperationAction(
            operation => Analyze(operation, (IExpressionStatementOperation)operation.Operation, symbols),
            OperationKind.ExpressionStatement);

    private static void Analyze(OperationAnalysisContext context, IExpressionStatementOperation statement, TorchSharpSymbols symbols)
    {
        var operation = statement.Operation is IConditionalAccessOperation access ? access.WhenNotNull : statement.Operation;
        if (statement.Syntax is ExpressionStatementSyntax
            && operation is IInvocationOperation call
            && OperandOf(call, symbols) is { } operand
            && RootOf(operand, symbols) is { } root
            && !IsForItsEffect(statement, context.ContainingSymbol, symbols))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                s_rule, statement.Operation.Syntax.GetLocation(), call.TargetMethod.Name, root.Syntax.ToString()));
        }
    }

    /// <summary>The tensor that a call of a catalogued operator works on, or null for any other call.</summary>
    private static IOperation? OperandOf(IInvocationOperation call, TorchSharpSymbols symbols)
    {
        var method = call.TargetMethod;
        if (!PureOperatorCatalog.Contains(method.Name) || !SymbolEqualityComparer.Default.Equals(method.ReturnType, symbols.Tensor))
        {
            return null;
        }

        if (SymbolEqualityComparer.Default.Equals(method.ContainingType, symbols.Tensor))
        {
            return call.Instance;
        }

        return SymbolEqualityComparer.Default.Equals(method.ContainingType, symbols.Torch)
            ? call.Arguments.FirstOrDefault(argument => argument.Parameter?.Ordinal == 0)?.Value
            : null;
    }

    // The variable, field, property or element that a chain such as x.to(device).relu() begins with.
    private static IOperation? RootOf(IOperation operand, TorchSharpSymbols symbols)
    {
        IOperation? current = operand;
        while (true)
        {
            current = current.Unwrap();
            switch (current)
            {
                case IInvocationOperation call:
                    current = OperandOf(call, symbols);
                    break;
                case ILocalReferenceOperation or IParameterReferenceOperation or IFieldReferenceOperation or IPropertyReferenceOperation
                    or IArrayElementReferenceOperation:
                    return symbols.IsTensor(current.Type) ? current : null;
                default:
                    return null;
            }
        }
    }

    private static bool IsForItsEffect(IOperation statement, ISymbol member, TorchSharpSymbols symbols)
    {
        for (var operation = statement.Parent; operation is not null; operation = operation.Parent)
        {
            if (operation is IAnonymousFunctionOperation or ITryOperation { Catches.Length: > 0 })
            {
                return true;
            }
        }

        return member.GetAttributes().Any(attribute => s_tests.Contains(attribute.AttributeClass?.Name ?? ""))
            || (statement.Syntax.FirstAncestorOrSelf<TypeDeclarationSyntax>() ?? statement.Syntax.SyntaxTree.GetRoot())
                .DescendantTokens().Any(token => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText == "Stopwatch");
    }
}
