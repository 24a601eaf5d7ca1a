using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>STAB4001: cross entropy, which applies softmax itself, is given what softmax or log_softmax made.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB4001SoftmaxIntoCrossEntropy : LossInputAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB4001";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "Cross entropy is given the output of softmax",
        "Cross entropy applies log_softmax itself, and its input already comes from {0}",
        RuleCategory.Numerics,
        DiagnosticSeverity.Warning,
        "Cross entropy takes logits and applies log_softmax to them itself. Given probabilities it applies softmax twice: the loss cannot come near zero any more, and the gradient is small where the model is most wrong.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override bool Concerns(LossKind kind) => kind == LossKind.CrossEntropy;

    // log_softmax of log_softmax is the same: work done twice, but nothing wrong.
    private protected override Diagnostic? Judge(IInvocationOperation call, LossCall loss, Output input, Func<OutputForm?> target) => input.Form switch
    {
        OutputForm.Softmax => Report(s_rule, DiagnosticSeverity.Warning, loss, input, "softmax: the gradient of confident mistakes vanishes"),
        OutputForm.LogSoftmax => Report(s_rule, DiagnosticSeverity.Info, loss, input, "log_softmax, which changes nothing the second time"),
        _ => null,
    };
}
