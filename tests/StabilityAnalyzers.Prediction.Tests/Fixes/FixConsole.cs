using System.Globalization;
using StabilityAnalyzers.Tests.Sweep.Generation;
using StabilityAnalyzers.Tests.Sweep.Reporting;

namespace StabilityAnalyzers.Tests.Fixes;

/// <summary>The command <c>fixes</c>: every fix that is offered for generated models with a fault, measured.</summary>
internal static class FixConsole
{
    private const string Help = """
        fixes [COUNT] [--from SEED]   tries every fix on COUNT models with a fault (100 if not given)
        fixes --sample SEED           the same for one, with the source of each result
        fixes --sweep [COUNT]         the same for architectures of the sweep, most of which have no fault
        """;

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">What follows <c>fixes</c>.</param>
    /// <returns>0 if every fix does what it says, 1 if one does not, 2 if it was called wrongly.</returns>
    public static async Task<int> Run(IReadOnlyList<string> arguments)
    {
        int? count = null, from = null, sample = null;
        var isSweep = arguments.Contains("--sweep");
        arguments = [.. arguments.Where(argument => argument != "--sweep")];
        for (var i = 0; i < arguments.Count; i++)
        {
            var isOption = arguments[i] is "--from" or "--sample";
            if (!int.TryParse(arguments[isOption && i + 1 < arguments.Count ? i + 1 : i], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                Console.WriteLine(Help);
                return 2;
            }

            _ = arguments[i] switch { "--from" => from = number, "--sample" => sample = number, _ => count = number };
            i += isOption ? 1 : 0;
        }

        var trials = new List<FixTrial>();
        var first = sample ?? from ?? 1;
        for (var seed = first; seed < first + (sample is null ? count ?? 100 : 1); seed++)
        {
            var model = isSweep ? SampleGenerator.Generate(seed) : FaultyModels.Generate(seed);
            var found = await FixTrial.AllOf(model.Source, model.Input, model.NormScale);
            if (found.Count == 0 && !isSweep)
            {
                Console.WriteLine($"seed {seed,4} nothing is offered: {model.Kind}; {model.Style}");
                if (sample is not null)
                {
                    Console.WriteLine(model.Source);
                }
            }

            foreach (var trial in found)
            {
                trials.Add(trial);
                Console.WriteLine(FormattableString.Invariant(
                    $"seed {seed,4} {trial.Key,-28} error {SweepFiles.Figure(trial.Error),6}  {trial.Title}{(trial.Problem is null ? "" : "  PROBLEM: " + trial.Problem)}"));
                if (sample is not null)
                {
                    Console.WriteLine(trial.Code);
                }
            }
        }

        foreach (var group in trials.GroupBy(trial => trial.Key).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var errors = group.Where(trial => trial.Error is not null).Select(trial => Math.Abs(trial.Error!.Value)).ToList();
            Console.WriteLine(FormattableString.Invariant(
                $"{group.Key,-28} {group.Count(),4} applied, {group.Count(trial => trial.Problem is not null),3} with a problem, greatest error {SweepFiles.Figure(errors.Count == 0 ? null : errors.Max())}"));
        }

        return trials.Exists(trial => trial.Problem is not null) ? 1 : 0;
    }
}
