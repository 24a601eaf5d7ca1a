using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Cli.Checking;

/// <summary>What a rule reports of some code.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Severity">With the configuration of the project taken into account.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Place">Where: file and lines.</param>
/// <param name="Symbol">The member that holds it, as in a baseline.</param>
/// <param name="State">Whether somebody has accepted it.</param>
/// <param name="Properties">Figures for programs.</param>
internal sealed record CodeFinding(
    DiagnosticDescriptor Rule,
    DiagnosticSeverity Severity,
    string Message,
    FileLinePositionSpan Place,
    string Symbol,
    FindingState State,
    IReadOnlyDictionary<string, string?> Properties)
{
    /// <summary>The file, relative to the working folder, with forward slashes.</summary>
    public string File => Path.GetRelativePath(Environment.CurrentDirectory, Place.Path).Replace('\\', '/');

    /// <summary>The severity in the words of the compiler.</summary>
    public string SeverityName => Severity.ToString().ToLowerInvariant();
}

/// <summary>Whether a finding counts.</summary>
internal enum FindingState
{
    /// <summary>It does.</summary>
    Open,

    /// <summary>The baseline accepts it.</summary>
    AcceptedByBaseline,

    /// <summary>A pragma or an attribute in the source suppresses it.</summary>
    SuppressedInSource,
}
