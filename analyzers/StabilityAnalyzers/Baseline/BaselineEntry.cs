namespace StabilityAnalyzers.Baseline;

/// <summary>Findings that a team has accepted: so many of a rule in a symbol.</summary>
/// <param name="RuleId">The rule, <c>STAB</c> and four digits.</param>
/// <param name="Symbol">Documentation ID of the symbol that holds the findings; see <see cref="SymbolPath"/>.</param>
/// <param name="Count">How many findings, at least 1.</param>
internal readonly record struct BaselineEntry(string RuleId, string Symbol, int Count)
{
    /// <summary>The line of the file.</summary>
    public override string ToString() => Count == 1 ? $"{RuleId} {Symbol}" : $"{RuleId} {Symbol} x{Count}";
}
