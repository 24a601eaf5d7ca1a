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
        var accepted = Accepted(context.Options.AdditionalFiles, context.CancellationToken);
        if (accepted.Count == 0)
        {
            return;
        }

        // The first ones in the source are the old ones: the order in which they are reported is not fixed.
        foreach (var diagnostic in context.ReportedDiagnostics.OrderBy(item => item.Location.SourceTree?.FilePath, StringComparer.Ordinal)
            .ThenBy(item => item.Location.SourceSpan.Start))
        {
            var key = (diagnostic.Id, SymbolPath.Of(diagnostic.Location, context.GetSemanticModel, context.CancellationToken));
            if (s_byRule.TryGetValue(diagnostic.Id, out var descriptor) && accepted.TryGetValue(key, out var left) && left > 0)
            {
                accepted[key] = left - 1;
                context.ReportSuppression(Suppression.Create(descriptor, diagnostic));
            }
        }
    }

    private static Dictionary<(string RuleId, string Symbol), int> Accepted(ImmutableArray<AdditionalText> files, CancellationToken cancellationToken)
    {
        var accepted = new Dictionary<(string, string), int>();
        foreach (var file in files.Where(file => BaselineFile.IsBaseline(file.Path)))
        {
            foreach (var entry in BaselineFile.Parse(file.GetText(cancellationToken)?.Lines.Select(line => line.ToString()) ?? []).Entries)
            {
                accepted[(entry.RuleId, entry.Symbol)] = entry.Count;
            }
        }

        return accepted;
    }
}
