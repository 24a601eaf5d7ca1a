using Microsoft.CodeAnalysis;
using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5009BrokenInitializerTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("init.normal_(fc.weight, 0, 0.02);")]
    [InlineData("init.xavier_uniform_(fc.weight);")]
    [InlineData("init.kaiming_normal_(fc.weight);")]
    [InlineData("Own.trunc_normal_(fc.weight);")]
    [InlineData("Own.xavier_normal_(fc.weight);")]
    public Task Silent(string code) => Verify.Analyzer<STAB5009BrokenInitializer>(Method(code));

    // ---- what must be reported ----

    [Theory]
    [InlineData("[|init.trunc_normal_(fc.weight)|];", "init.normal_(fc.weight);")]
    [InlineData("[|init.trunc_normal_(fc.weight, std: 0.02)|]; // ViT", "init.normal_(fc.weight, std: 0.02); // ViT")]
    [InlineData("[|torch.nn.init.trunc_normal_(fc.weight, 0, 0.02, -2, 2)|];", "torch.nn.init.normal_(fc.weight, 0, 0.02);")]
    [InlineData("[|nn.init.trunc_normal_(fc.weight, b: 2, std: 0.02, a: -2)|];", "nn.init.normal_(fc.weight, std: 0.02);")]
    [InlineData("[|init.xavier_normal_(fc.weight, 2.0)|];", "init.xavier_uniform_(fc.weight, 2.0);")]
    [InlineData("[|init.glorot_normal_(fc.weight)|];", "init.xavier_uniform_(fc.weight);")]
    public Task Reports_and_fixes(string before, string after) =>
        Verify.CodeFix<STAB5009BrokenInitializer, STAB5009RenameFix>(Method(before), Method(after), "STAB5009:best");

    [Theory]
    [InlineData("init.trunc_normal_(fc.weight);", DiagnosticSeverity.Warning, "In this version of TorchSharp trunc_normal_ gives every element the same value, the standard deviation")]
    [InlineData("init.trunc_normal_(fc.weight, mean: 1);", DiagnosticSeverity.Warning, "In this version of TorchSharp trunc_normal_ takes the mean and the standard deviation for each other")]
    [InlineData("init.xavier_normal_(fc.weight);", DiagnosticSeverity.Info, "In this version of TorchSharp xavier_normal_ draws from the uniform distribution, of the same variance: it is xavier_uniform_")]
    public async Task Says_what_happens(string code, DiagnosticSeverity severity, string message)
    {
        var diagnostic = Assert.Single(await Driver.Diagnostics(Method(code), new STAB5009BrokenInitializer()));
        Assert.Equal(severity, diagnostic.Severity);
        Assert.Equal(message, diagnostic.GetMessage());
    }

    private static string Method(string code) => $$"""
        class Weights
        {
            void Init(Linear fc)
            {
                {{code}}
            }
        }
        static class Own
        {
            public static Tensor trunc_normal_(Tensor t) => t.normal_().clamp_(-2, 2);
            public static Tensor xavier_normal_(Tensor t) => t;
        }
        """;
}
