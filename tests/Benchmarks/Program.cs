using BenchmarkDotNet.Running;
using StabilityAnalyzers.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- statistics
// dotnet run -c Release --project tests/Benchmarks -- training [steps [threads]]
// dotnet run -c Release --project tests/Benchmarks -- analyzers [classes]
// dotnet run -c Release --project tests/Benchmarks -- warm [classes [passes]]
// dotnet run -c Release --project tests/Benchmarks -- editing [layers [files]]
// dotnet run -c Release --project tests/Benchmarks -- <arguments of BenchmarkDotNet>
switch (args)
{
    case ["statistics", .. var rest]:
        BenchmarkSwitcher.FromTypes([typeof(StatisticsBenchmark)]).Run(["--filter", "*", .. rest], InProcessConfig.Create());
        return 0;
    case ["training", .. var rest]:
        TrainingOverhead.Run(rest is [var steps, ..] ? int.Parse(steps) : 300, rest is [_, var threads] ? int.Parse(threads) : null);
        return 0;
    case ["analyzers", .. var rest]:
        return AnalyzerCost.Run(rest is [var classes, ..] ? int.Parse(classes) : 300);
    case ["warm", .. var rest]:
        await WarmCost.Run(rest is [var many, ..] ? int.Parse(many) : 300, rest is [_, var passes] ? int.Parse(passes) : 5);
        return 0;
    case ["editing", .. var rest]:
        await EditingCost.Run(rest is [var layers, ..] ? int.Parse(layers) : 200, rest is [_, var files] ? int.Parse(files) : 50);
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(StatisticsBenchmark).Assembly).Run(args, InProcessConfig.Create());
        return 0;
}
