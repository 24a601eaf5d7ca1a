using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>
/// STAB4006: softmax over a dimension of one element, which is always 1; and ReLU between the last layer and a cross
/// entropy (Warning) or a regression loss (Info).
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB4006OutputThatCannotLearn : LossInputAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB4006";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "The last operation leaves the output nothing to learn",
        "{0}",
        RuleCategory.Numerics,
        DiagnosticSeverity.Warning,
        "Softmax over a dimension of one element is 1 whatever its input, and passes no gradient. ReLU as the last operation cuts off every negative output, and where it does, no gradient reaches the network.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override bool Concerns(LossKind kind) => kind is LossKind.CrossEntropy or LossKind.Regression;

    private protected override Diagnostic? Judge(IInvocationOperation call, LossCall loss, Output input, Func<OutputForm?> target) => (loss.Kind, input.Form) switch
    {
        (LossKind.CrossEntropy, OutputForm.Rectified) => Report(
            s_rule, DiagnosticSeverity.Warning, loss, input,
            "Cross entropy is given the output of ReLU: a class whose logit is negative gets no gradient, and a sample whose logits all are teaches nothing"),

        // Features compared with features, as in a perceptual loss, are both cut off.
        (LossKind.Regression, OutputForm.Rectified) when target() != OutputForm.Rectified => Report(
            s_rule, DiagnosticSeverity.Info, loss, input,
            "A regression loss is given the output of ReLU: it can give no negative number, and gets no gradient where it gives 0"),
        _ => null,
    };

    private protected override Action<OperationAnalysisContext, IInvocationOperation> More(TorchSharpSymbols symbols, ModuleOrigins modules)
    {
        var sizes = new DimensionSizes(symbols, modules);
        return (context, call) =>
        {
            if (sizes.IsSoftmaxOfOne(call, context.CancellationToken))
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    s_rule,
                    call.Syntax.GetLocation(),
                    "Softmax over a dimension of one element is always 1, and its gradient always 0: for one output use the sigmoid"));
            }
        };
    }
}
