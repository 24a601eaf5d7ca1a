using System.Globalization;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace StabilityAnalyzers.Tests;

/// <summary>The tests; with <c>sweep</c> or <c>fixes</c> as the first argument, the sweep over many architectures.</summary>
internal static class Program
{
    private static int Screen(int count, int from)
    {
        for (var seed = from; seed < from + count; seed++)
        {
            foreach (var c in Sweep.ScreenComparison.Of(seed))
            {
                Console.WriteLine($"{c.Seed} {c.Kind} {c.Extreme:F3} {c.Whole:F3}");
            }
        }

        return 0;
    }

    private static async Task<int> Main(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        return args switch
        {
            ["sweep", .. var arguments] => Sweep.Reporting.SweepConsole.Run(arguments),
            ["screen", var count, var from] => Screen(int.Parse(count), int.Parse(from)),
            ["fixes", .. var arguments] => await Fixes.FixConsole.Run(arguments),
            _ when args.Contains("-automated") || args.Contains("@@") => await ConsoleRunner.Run(args),
            _ => await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
        };
    }
}
