using System.Globalization;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace StabilityAnalyzers.Tests;

/// <summary>The tests; with <c>sweep</c>, <c>fixes</c> or <c>screen</c> as the first argument, the sweep over many architectures.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        return args switch
        {
            ["sweep", .. var arguments] => Sweep.Reporting.SweepConsole.Run(arguments),
            ["screen", var count, "--from", var from] => Sweep.ScreenComparison.Run(int.Parse(count), int.Parse(from)),
            ["fixes", .. var arguments] => await Fixes.FixConsole.Run(arguments),
            _ when args.Contains("-automated") || args.Contains("@@") => await ConsoleRunner.Run(args),
            _ => await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
        };
    }
}
