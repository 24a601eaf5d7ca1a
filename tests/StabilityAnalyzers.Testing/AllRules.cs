using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;

namespace StabilityAnalyzers.Tests.Kit;

/// <summary>Every rule and every fix of the product, found by reflection, so that none can be forgotten.</summary>
internal static class AllRules
{
    /// <summary>The descriptors of all rules, by ID.</summary>
    public static ImmutableSortedDictionary<string, DiagnosticDescriptor> ById => RuleCatalog.ById;

    /// <summary>One instance of every fix.</summary>
    public static ImmutableArray<CodeFixProvider> Fixes { get; } = Assembly.Load("StabilityAnalyzers.CodeFixes").GetTypes()
        .Where(type => !type.IsAbstract && typeof(CodeFixProvider).IsAssignableFrom(type))
        .OrderBy(type => type.Name, StringComparer.Ordinal)
        .Select(type => (CodeFixProvider)Activator.CreateInstance(type)!)
        .ToImmutableArray();

    /// <summary>The IDs, as rows of a theory.</summary>
    public static TheoryData<string> Ids => [.. ById.Keys];

    /// <summary>True when some fix knows the rule.</summary>
    public static bool HasFix(string id) => Fixes.Any(fix => fix.FixableDiagnosticIds.Contains(id));
}
