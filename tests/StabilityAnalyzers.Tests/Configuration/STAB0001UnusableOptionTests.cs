using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Configuration;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Configuration;

public sealed class STAB0001UnusableOptionTests
{
    [Theory]
    [InlineData("vanishing_threshold", "0.001")]
    [InlineData("vanishing_threshold", " 1e-8 ")]
    [InlineData("exploding_threshold", "1000")]
    [InlineData("something_else", "nonsense")]
    public async Task Usable_value_is_left_alone(string option, string value) => Assert.Empty(await Diagnostics(option, value));

    [Theory]
    [InlineData("vanishing_threshold", "low")]
    [InlineData("vanishing_threshold", "")]
    [InlineData("vanishing_threshold", "0")]
    [InlineData("vanishing_threshold", "1")]
    [InlineData("vanishing_threshold", "-1e-3")]
    [InlineData("vanishing_threshold", "NaN")]
    [InlineData("shrinking_threshold", "0,05")]
    [InlineData("exploding_threshold", "0.5")]
    [InlineData("growing_threshold", "∞")]
    public async Task Unusable_value_is_said_once(string option, string value)
    {
        var diagnostic = Assert.Single(await Diagnostics(option, value));
        Assert.Equal(DiagnosticSeverity.Info, diagnostic.Severity);
        Assert.StartsWith($"'stability.gradient_flow.{option}' cannot be '{value}': it takes a number ", diagnostic.GetMessage(null), StringComparison.Ordinal);
        Assert.Equal("A.cs", diagnostic.Location.SourceTree!.FilePath);
    }

    [Fact]
    public async Task Unusable_value_leaves_the_default()
    {
        var code = Rules.Graph.Stack(8);
        Assert.Single(await Rules.Graph.Diagnostics("STAB1002", code, ("stability.gradient_flow.shrinking_threshold", "tiny")));
    }

    private static async Task<IReadOnlyList<Diagnostic>> Diagnostics(string option, string value)
    {
        var parse = (Microsoft.CodeAnalysis.CSharp.CSharpParseOptions)Driver.Compile("").SyntaxTrees[0].Options;
        var compilation = Driver.Compile("class C;").RemoveAllSyntaxTrees().AddSyntaxTrees(
            Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree.ParseText("class B;", parse, "B.cs"),
            Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree.ParseText("class A;", parse, "A.cs"));
        return await Driver.Diagnostics(compilation, [new STAB0001UnusableOption()], ("stability.gradient_flow." + option, value));
    }
}
