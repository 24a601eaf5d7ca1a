using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers;

/// <summary>Makes the descriptor of a rule, so that a rule states what is its own and nothing else.</summary>
internal static class StabilityRule
{
    /// <summary>Where the documentation pages live; the page of a rule is named after its ID.</summary>
    public const string DocumentationUri = "https://github.com/stability-analyzers/stability-analyzers/blob/main/analyzers/docs/";

    /// <summary>The address of the documentation page of a rule.</summary>
    /// <param name="id">The rule's ID, <c>STAB</c> and four digits.</param>
    public static string HelpLink(string id) => DocumentationUri + id + ".md";

    /// <summary>Makes the descriptor of a rule.</summary>
    /// <param name="id">The rule's ID, <c>STAB</c> and four digits.</param>
    /// <param name="title">What is wrong, without a full stop; also the heading of the page.</param>
    /// <param name="messageFormat">The message, with <c>{0}</c> and so on for what was found.</param>
    /// <param name="category">One of <see cref="RuleCategory"/>.</param>
    /// <param name="severity">A claim about the rate of wrong reports: Warning says that there are none.</param>
    /// <param name="description">Why it matters, in one or two sentences; also the first paragraph of the page.</param>
    /// <param name="customTags">Tags of <see cref="WellKnownDiagnosticTags"/>, where the rule needs one.</param>
    public static DiagnosticDescriptor Create(
        string id,
        string title,
        string messageFormat,
        string category,
        DiagnosticSeverity severity,
        string description,
        params string[] customTags) =>
        new(id, title, messageFormat, category, severity, isEnabledByDefault: true, description, HelpLink(id), customTags);
}
