using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>
/// STAB4002: a sigmoid before binary cross entropy: wrong where the loss applies one itself (Warning), and better left to
/// the loss where it does not (Info).
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB4002SigmoidIntoBinaryCrossEntropy : LossInputAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB4002";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "Sigmoid before binary cross entropy",
        "{0}",
        RuleCategory.Numerics,
        DiagnosticSeverity.Warning,
        "Binary cross entropy with logits applies the sigmoid itself; a sigmoid before it squeezes the logits into 0 to 1, so that no prediction can be confident. A sigmoid before plain binary cross entropy is right, but loses the gradient where it saturates: with logits both are computed in one stable step.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override bool Concerns(LossKind kind) =>
        kind is LossKind.BinaryCrossEntropy or LossKind.BinaryCrossEntropyWithLogits;

    private protected override Diagnostic? Judge(IInvocationOperation call, LossCall loss, Output input, Func<OutputForm?> target) => (loss.Kind, input.Form) switch
    {
        (LossKind.BinaryCrossEntropyWithLogits, OutputForm.Sigmoid) => Report(
            s_rule, DiagnosticSeverity.Warning, loss, input,
            "Binary cross entropy with logits applies the sigmoid itself, and its input already comes from a sigmoid: no prediction gets below 0.5"),
        (LossKind.BinaryCrossEntropy, OutputForm.Sigmoid) => Report(
            s_rule, DiagnosticSeverity.Info, loss, input,
            "A sigmoid followed by binary cross entropy loses the gradient where it saturates: give the logits to binary_cross_entropy_with_logits"),
        _ => null,
    };
}
