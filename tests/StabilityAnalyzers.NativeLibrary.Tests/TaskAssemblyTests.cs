namespace StabilityAnalyzers.NativeLibrary.Tests;

public sealed class TaskAssemblyTests
{
    // The package carries this one assembly: what it refers to must be there in every MSBuild, that of Visual Studio too.
    [Fact]
    public void TheTaskNeedsNothingButMSBuildAndNetStandard() =>
        Assert.Equal(
            ["Microsoft.Build.Framework", "Microsoft.Build.Utilities.Core", "netstandard"],
            typeof(FixLibTorchSharp).Assembly.GetReferencedAssemblies().Select(name => name.Name).Order(StringComparer.Ordinal));
}
