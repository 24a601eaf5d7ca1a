using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace StabilityAnalyzers;

/// <summary>Every rule of this assembly, found by reflection, so that no list of them can fall behind.</summary>
internal static class RuleCatalog
{
    /// <summary>One instance of every analyzer.</summary>
    public static ImmutableArray<DiagnosticAnalyzer> Analyzers { get; } = typeof(RuleCatalog).Assembly.GetTypes()
        .Where(type => !type.IsAbstract
            && typeof(DiagnosticAnalyzer).IsAssignableFrom(type)
            && !typeof(DiagnosticSuppressor).IsAssignableFrom(type))
        .OrderBy(type => type.Name, StringComparer.Ordinal)
        .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)
        .ToImmutableArray();

    /// <summary>The descriptors of all rules, by ID.</summary>
    public static ImmutableSortedDictionary<string, DiagnosticDescriptor> ById { get; } = Analyzers
        .SelectMany(analyzer => analyzer.SupportedDiagnostics)
        .GroupBy(rule => rule.Id)
        .ToImmutableSortedDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
}
