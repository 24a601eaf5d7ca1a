using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>
/// STAB4005: a differentiated square root, logarithm or division whose argument can be exactly 0, with nothing that keeps
/// it from being so.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB4005SingularGradient : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB4005";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "The gradient is not finite where the argument is zero",
        "The argument of this {0} is {1}: where it is 0, {2}, and nothing keeps it from being 0",
        RuleCategory.Numerics,
        DiagnosticSeverity.Info,
        "The gradient of a square root, a logarithm or a quotient is infinite at 0, and times the zero gradient of a square or norm it is not a number. One such sample turns every weight into NaN; a small number added to the argument prevents it.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        var zero = new ZeroReaching(symbols);
        var differentiated = new Differentiated(symbols);
        context.RegisterOperationAction(
            operation =>
            {
                if (operation.ContainingSymbol is IMethodSymbol method
                    && zero.SingularityOf(operation.Operation) is var (kind, name, argument)
                    && zero.CauseOf(argument, kind) is var (words, operand)
                    && differentiated.Is(operation.Operation, operand, method))
                {
                    operation.ReportDiagnostic(Diagnostic.Create(
                        s_rule,
                        operation.Operation.Syntax.GetLocation(),
                        [argument.Syntax.GetLocation()],
                        name,
                        words,
                        kind == Singularity.Root ? "the gradient is not a number" : "the value is infinite or not a number"));
                }
            },
            OperationKind.Invocation,
            OperationKind.Binary);
    }
}
