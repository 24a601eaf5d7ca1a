using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace StabilityAnalyzers.Baseline;

/// <summary>
/// Suppresses the findings that the project's baseline accepts, as many in each symbol as it names: a new one beside an old
/// one is reported. In a SARIF log they stay, marked as suppressed.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BaselineSuppressor : DiagnosticSuppressor
{
    private static readonly ImmutableDictionary<string, SuppressionDescriptor> s_byRule = RuleCatalog.ById.Keys.ToImmutableDictionary(
        id => id,
        id => new SuppressionDescriptor("SPR" + id, id, "Accepted in the baseline"));

    /// <inheritdoc/>
    public override ImmutableArray<SuppressionDescriptor> SupportedSuppressions { get; } =
        s_byRule.Values.OrderBy(descriptor => descriptor.Id, StringComparer.Ordinal).ToImmutableArray();

    /// <inheritdoc/>
    public override void ReportSuppressions(SuppressionAnalysisContext context)
    {
        var baseline = new BaselineMatcher(Entries(context.Options.AdditionalFiles, context.CancellationToken));
        if (baseline.IsEmpty)
        {
            return;
        }

        foreach (var diagnostic in context.ReportedDiagnostics.OrderBy(item => item.Location.SourceTree?.FilePath, StringComparer.Ordinal)
            .ThenBy(item => item.Location.SourceSpan.Start))
        {
            if (s_byRule.TryGetValue(diagnostic.Id, out var descriptor)
                && baseline.TryAccept(diagnostic.Id, SymbolPath.Of(diagnostic.Location, context.GetSemanticModel, context.CancellationToken)))
            {
                context.ReportSuppression(Suppression.Create(descriptor, diagnostic));
            }
        }
    }

    private static IEnumerable<BaselineEntry> Entries(ImmutableArray<AdditionalText> files, CancellationToken cancellationToken) =>
        files.Where(file => BaselineFile.IsBaseline(file.Path))
            .SelectMany(file => BaselineFile.Parse(file.GetText(cancellationToken)?.Lines.Select(line => line.ToString()) ?? []).Entries)
            .GroupBy(entry => (entry.RuleId, entry.Symbol))
            .Select(group => group.First());
}
