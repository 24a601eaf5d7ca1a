using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

/// <summary>What is offered for a model whose gradient vanishes.</summary>
internal static class Remedies
{
    /// <summary>The keys of the fixes for all diagnostics of STAB1001.</summary>
    public static async Task<IEnumerable<string?>> Keys(string code) =>
        (await FixRunner.ApplyEach(code, await Diagnostics(code))).Select(fix => fix.Key);

    /// <summary>The diagnostics of STAB1001.</summary>
    public static async Task<IEnumerable<Diagnostic>> Diagnostics(string code) =>
        (await Driver.Diagnostics(Driver.Compile(code), [new ModelGraphAnalyzer()], ("stability.gradient_flow.vanishing_threshold", "1e-3")))
            .Where(diagnostic => diagnostic.Id == "STAB1001");
}
