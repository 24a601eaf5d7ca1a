using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Cli.Checking;

namespace StabilityAnalyzers.Cli.Tests;

public sealed class SeverityPresetsTests
{
    [Fact]
    public void Modes_are_those_of_the_package()
    {
        Assert.Empty(SeverityPresets.Of(AnalysisMode.Default));
        Assert.Equal(ReportDiagnostic.Error, SeverityPresets.Of(AnalysisMode.Strict)["STAB3001"]);
        Assert.DoesNotContain(SeverityPresets.Of(AnalysisMode.Recommended), entry => entry.Value == ReportDiagnostic.Suppress);
    }
}
