using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Rules;

/// <summary>What a rule over the graph found; it knows nodes, and no place in the source.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Severity">How grave it is here.</param>
/// <param name="Node">The node to report.</param>
/// <param name="Related">Other nodes that have to do with it.</param>
/// <param name="Properties">Figures for fixes and for readers of logs.</param>
/// <param name="Arguments">For the message.</param>
internal sealed record GraphFinding(
    DiagnosticDescriptor Rule,
    DiagnosticSeverity Severity,
    int Node,
    IReadOnlyList<int> Related,
    ImmutableDictionary<string, string?> Properties,
    IReadOnlyList<string> Arguments);
