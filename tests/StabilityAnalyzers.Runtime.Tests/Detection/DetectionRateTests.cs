using System.Globalization;
using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>How often the detectors are right, on real trainings.</summary>
public class DetectionRateTests
{
    public static TheoryData<int> Faults => [.. Enumerable.Range(0, Trials.Faulty.Count)];

    /// <summary>A small, fixed part of the healthy trainings: no warning.</summary>
    [Fact]
    public void HealthyTrainings_AreNotWarnedOf()
    {
        Outcome[] outcomes = [.. Trials.Healthy.Where((_, i) => i % 9 == 0).Select(trial => trial.Run(1)).Where(outcome => outcome.Learns)];

        Assert.True(outcomes.Length >= 8, $"only {outcomes.Length} of the sample learn");
        Assert.All(outcomes, outcome =>
        {
            Assert.DoesNotContain(outcome.Findings, finding => finding.Severity == FindingSeverity.Warning);
            Assert.Empty(outcome.Problems);
        });
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_IsFound(int index)
    {
        Outcome outcome = Trials.Faulty[index].Run(1);

        Assert.True(outcome.Hit is not null, $"{outcome.Trial.Name}: {string.Join(", ", outcome.Findings.Select(finding => finding.RuleId))}");
        Assert.Empty(outcome.Problems);
    }

    /// <summary>
    /// Everything, with three seeds or STABILITY_SEEDS (and with STABILITY_TRIAL only what has this in its name): <c>dotnet run --project tests/StabilityAnalyzers.Runtime.Tests -- --explicit only
    /// --filter-method "*FullSize*" --show-live-output on</c>.
    /// </summary>
    [Fact(Explicit = true)]
    public void FullSize()
    {
        int seeds = int.Parse(Environment.GetEnvironmentVariable("STABILITY_SEEDS") ?? "3", CultureInfo.InvariantCulture);
        string part = Environment.GetEnvironmentVariable("STABILITY_TRIAL") ?? "";
        Outcome[] all = [.. Trials.Healthy.Where(trial => trial.Name.Contains(part)).SelectMany(trial => Enumerable.Range(1, seeds).Select(trial.Run))];
        Outcome[] healthy = [.. all.Where(outcome => outcome.Learns)];
        Print($"{all.Length} healthy trainings, {healthy.Length} of them learn; {healthy.Count(outcome => outcome.HasWarning)} of these have a warning, "
            + $"{healthy.Count(outcome => outcome.Findings.Count > 0)} any finding; the published plateau test fires on "
            + $"{healthy.Count(outcome => outcome.PublishedPlateau)}.");
        foreach (var rule in healthy.SelectMany(outcome => outcome.Findings.Select(finding => (finding.RuleId, finding.Severity, outcome)).Distinct())
            .GroupBy(item => (item.RuleId, item.Severity)).OrderBy(group => group.Key.RuleId))
        {
            Print($"| {rule.Key.RuleId} | {rule.Key.Severity} | {rule.Select(item => item.outcome).Distinct().Count()} | "
                + $"{rule.First().outcome.Trial.Name}, seed {rule.First().outcome.Seed}: {rule.First().outcome.Findings.First(finding => finding.RuleId == rule.Key.RuleId).Message} |");
        }

        foreach (Outcome outcome in healthy.Where(outcome => outcome.HasWarning))
        {
            Print($"Warning in {outcome.Trial.Name}, seed {outcome.Seed}: "
                + string.Join(" ", outcome.Findings.Where(finding => finding.Severity == FindingSeverity.Warning).Select(finding => $"[{finding.Step}] {finding.RuleId} {finding.Message}")));
        }

        Print("| Fault | Found | As a warning | Median step | What was reported |");
        Print("|---|---|---|---|---|");
        int found = 0;
        int runs = 0;
        foreach (Trial trial in Trials.Faulty.Where(trial => trial.Name.Contains(part)))
        {
            Outcome[] outcomes = [.. Enumerable.Range(1, seeds).Select(trial.Run)];
            long[] steps = [.. outcomes.Where(outcome => outcome.Hit is not null).Select(outcome => outcome.Hit!.Step).Order()];
            found += steps.Length;
            runs += seeds;
            string rules = string.Join(", ", outcomes.SelectMany(outcome => outcome.Findings.Select(finding => finding.RuleId)).Distinct().Order());
            int warned = outcomes.Count(outcome => outcome.Findings.Any(
                finding => trial.Expected.Contains(finding.RuleId) && finding.Severity == FindingSeverity.Warning));
            Print($"| {trial.Name} | {steps.Length}/{seeds} | {warned}/{seeds} | {(steps.Length > 0 ? steps[steps.Length / 2] : "")} | {rules} |");
        }

        Print($"{found} of {runs} found.");
    }

    private static void Print(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);
}
