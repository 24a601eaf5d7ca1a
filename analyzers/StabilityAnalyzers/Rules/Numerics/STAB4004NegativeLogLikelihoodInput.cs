using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>STAB4004: the negative log likelihood is given something else than logarithms of probabilities.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB4004NegativeLogLikelihoodInput : LossInputAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB4004";

    /// <summary>The property of a diagnostic whose input are logits; what makes the loss is then the last of its locations.</summary>
    internal const string LogitsProperty = "logits";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "Negative log likelihood is given no logarithms of probabilities",
        "nll_loss takes the output of log_softmax, and its input comes from {0}",
        RuleCategory.Numerics,
        DiagnosticSeverity.Warning,
        "The negative log likelihood only picks one element of each row and changes its sign; it is a loss only for logarithms of probabilities. Given raw logits it falls without bound and nothing but growth is learnt; given probabilities it is negative and its gradient vanishes.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override bool Concerns(LossKind kind) => kind == LossKind.NegativeLogLikelihood;

    private protected override Diagnostic? Judge(IInvocationOperation call, LossCall loss, Output input, Func<OutputForm?> target) => input.Form switch
    {
        OutputForm.Softmax => Report(s_rule, DiagnosticSeverity.Warning, loss, input, "softmax, so that the loss is negative"),
        OutputForm.Affine => ReportLogits(loss, input, "a layer without log_softmax, so that the loss has no lower bound"),
        OutputForm.Rectified => ReportLogits(loss, input, "ReLU without log_softmax, so that the loss has no lower bound"),
        OutputForm.Sigmoid => Report(s_rule, DiagnosticSeverity.Warning, loss, input, "a sigmoid, so that the loss is negative"),
        _ => null,
    };

    private static Diagnostic ReportLogits(LossCall loss, Output input, string message) => Diagnostic.Create(
        s_rule,
        loss.Input.Syntax.GetLocation(),
        DiagnosticSeverity.Warning,
        loss.Makers is [var maker] ? input.LocationsFrom(loss.Input.Syntax.SyntaxTree).Append(maker.Syntax.GetLocation()) : null,
        ImmutableDictionary<string, string?>.Empty.Add(LogitsProperty, ""),
        message);
}
