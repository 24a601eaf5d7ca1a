namespace StabilityAnalyzers.Baseline;

/// <summary>Counts the findings of one project against the entries of a baseline.</summary>
/// <remarks>Findings are to come in the order of the source: the first ones are taken for the old ones.</remarks>
/// <param name="entries">What is accepted.</param>
internal sealed class BaselineMatcher(IEnumerable<BaselineEntry> entries)
{
    private readonly Dictionary<(string RuleId, string Symbol), int> left = entries.ToDictionary(entry => (entry.RuleId, entry.Symbol), entry => entry.Count);

    /// <summary>True if nothing is accepted.</summary>
    public bool IsEmpty => left.Count == 0;

    /// <summary>What was accepted and not met.</summary>
    public IEnumerable<BaselineEntry> Unmet =>
        left.Where(pair => pair.Value > 0).Select(pair => new BaselineEntry(pair.Key.RuleId, pair.Key.Symbol, pair.Value));

    /// <summary>True if the finding is one of those that are accepted; it is then used up.</summary>
    public bool TryAccept(string ruleId, string symbol)
    {
        if (!left.TryGetValue((ruleId, symbol), out var count) || count == 0)
        {
            return false;
        }

        left[(ruleId, symbol)] = count - 1;
        return true;
    }
}
