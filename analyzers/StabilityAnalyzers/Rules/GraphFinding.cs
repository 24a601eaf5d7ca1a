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
    IReadOnlyList<string> Arguments)
{
    /// <summary>
    /// What the finding is about: of the findings about one thing in a model one at most is reported, and where a class is
    /// made in several ways the mildest, if there is one for each of them. Rules that are grades of each other share it.
    /// </summary>
    public object Subject { get; init; } = Rule.Id;

    /// <summary>How bad it is, to be compared with other findings about the same.</summary>
    public double Badness { get; init; }

    /// <summary>True if the call that initialised the node is reported, and not the node itself.</summary>
    public bool IsAboutCall { get; init; }
}
