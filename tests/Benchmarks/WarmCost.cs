using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace StabilityAnalyzers.Benchmarks;

/// <summary>
/// The same project compiled over and over in one process, as the compiler server does it: what the analyzers cost when
/// their code is compiled already, beside what it costs to bind each body for analyzers, whoever they are.
/// </summary>
internal static class WarmCost
{
    public static async Task Run(int classes, int passes)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var trees = Enumerable.Range(0, classes).Select(i => CSharpSyntaxTree.ParseText("global using System;" + GeneratedModels.File(i), options, $"Model{i}.cs")).ToArray();
        var compilation = CSharpCompilation.Create(
            "Generated", trees, EditingCost.References(), new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Console.WriteLine($"{classes} model classes; seconds of CPU time, and in the last column the time that the host books on our analyzers");
        Console.WriteLine();
        Console.WriteLine("| pass | compiler alone | an analyzer that does nothing | ours | booked on ours |");
        Console.WriteLine("|---|---|---|---|---|");
        for (var pass = 0; pass < passes; pass++)
        {
            var (own, _) = await Measure(compilation, []);
            var (bound, _) = await Measure(compilation, [new DoesNothing()]);
            var (ours, time) = await Measure(compilation, RuleCatalog.Analyzers);
            Console.WriteLine($"| {pass} | {own:F2} | {bound:F2} | {ours:F2} | {time:F2} |");
        }
    }

    private static async Task<(double Cpu, double Time)> Measure(CSharpCompilation compilation, ImmutableArray<DiagnosticAnalyzer> analyzers)
    {
        GC.Collect();
        var fresh = compilation.Clone();
        var before = Environment.CpuUsage.TotalTime;
        if (analyzers.IsEmpty)
        {
            using var stream = new MemoryStream();
            var result = fresh.Emit(stream);
            if (!result.Success)
            {
                throw new InvalidOperationException(result.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error).ToString());
            }

            return ((Environment.CpuUsage.TotalTime - before).TotalSeconds, 0);
        }

        var driver = fresh.WithAnalyzers(analyzers, new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]), (exception, analyzer, _) => throw new InvalidOperationException(analyzer.ToString(), exception), concurrentAnalysis: true, logAnalyzerExecutionTime: true));
        await driver.GetAnalyzerDiagnosticsAsync();
        var cpu = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        double time = 0;
        foreach (var analyzer in analyzers)
        {
            time += (await driver.GetAnalyzerTelemetryInfoAsync(analyzer, CancellationToken.None)).ExecutionTime.TotalSeconds;
        }

        return (cpu, time);
    }
}
