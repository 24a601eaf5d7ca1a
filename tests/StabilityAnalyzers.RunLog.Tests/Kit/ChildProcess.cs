using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>
/// A second process that writes a run file: this test assembly, started with an environment variable that makes it do
/// that in place of running tests.
/// </summary>
internal static class ChildProcess
{
    private const string Variable = "STABILITY_RUNLOG_TEST_CHILD";

    private const int Layers = 20;

    private const int PauseMilliseconds = 2;

    /// <summary>The step that a child writes under a number.</summary>
    public static StepRecord StepOf(long number) => Some.RandomStep(number, Layers);

    /// <summary>Starts a child that writes until it is killed; prints the number of each step that it handed over.</summary>
    public static Process StartWriter(string path) => Start($"write|{path}");

    /// <summary>Starts a child that writes so many steps and ends without closing the file.</summary>
    public static Process StartForgetful(string path, int steps) =>
        Start(string.Create(CultureInfo.InvariantCulture, $"forget|{path}|{steps}"));

    /// <summary>Starts a child that tries to write to the path, and prints what its writer says.</summary>
    public static Process StartRival(string path) => Start($"rival|{path}");

    [ModuleInitializer]
    internal static void RunIfThisIsTheChild()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } order)
        {
            var parts = order.Split('|');
            Run(parts[0], parts[1], parts.Length > 2 ? int.Parse(parts[2], CultureInfo.InvariantCulture) : int.MaxValue);
            Environment.Exit(0);
        }
    }

    private static void Run(string order, string path, int steps)
    {
        var writer = RunLogWriter.Create(path, Some.Run());
        if (order == "rival")
        {
            Console.WriteLine(writer.Problem?.Message ?? "no problem");
            return;
        }

        for (var number = 0; number < steps; number++)
        {
            writer.TryWrite(StepOf(number));
            Console.WriteLine(number.ToString(CultureInfo.InvariantCulture));
            if (order == "write")
            {
                Thread.Sleep(PauseMilliseconds);
            }
        }
    }

    private static Process Start(string order)
    {
        var host = Environment.ProcessPath!;
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(host) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        }

        start.Environment[Variable] = order;
        return Process.Start(start)!;
    }
}
