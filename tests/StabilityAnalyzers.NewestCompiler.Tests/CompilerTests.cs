using Microsoft.CodeAnalysis.CSharp;

namespace StabilityAnalyzers.Tests;

public sealed class CompilerTests
{
    [Fact]
    public void These_tests_run_a_newer_compiler_than_the_others() =>
        Assert.True(typeof(CSharpCompilation).Assembly.GetName().Version >= new Version(5, 12));
}
