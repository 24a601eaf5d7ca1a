using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StabilityAnalyzers.Baseline;
using StabilityAnalyzers.Cli.Sources;

namespace StabilityAnalyzers.Cli.Checking;

/// <summary>Runs every rule over code, as its build would with the package installed.</summary>
internal static class CodeCheck
{
    /// <summary>The findings in the order of files and lines.</summary>
    /// <param name="code">The code.</param>
    /// <param name="mode">How loud the rules are where the project says nothing.</param>
    /// <param name="baseline">What is accepted.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static IReadOnlyList<CodeFinding> Run(SourceCode code, AnalysisMode mode, BaselineMatcher baseline, CancellationToken cancellation)
    {
        var options = code.Compilation.Options;
        var compilation = code.Compilation.WithOptions(options.WithSyntaxTreeOptionsProvider(
            new PresetSeverities(options.SyntaxTreeOptionsProvider, SeverityPresets.Of(mode))));
        ExceptionDispatchInfo? thrown = null;
        var driver = compilation.WithAnalyzers(RuleCatalog.Analyzers, new CompilationWithAnalyzersOptions(
            code.AnalyzerOptions,
            (exception, _, _) => Interlocked.CompareExchange(ref thrown, ExceptionDispatchInfo.Capture(exception), null),
            concurrentAnalysis: true,
            logAnalyzerExecutionTime: false,
            reportSuppressedDiagnostics: true));
        var found = driver.GetAnalyzerDiagnosticsAsync(cancellation).GetAwaiter().GetResult();

        // A rule that fails is a fault of the tool, and no answer is better than half of one.
        thrown?.Throw();
        return found
            .Where(diagnostic => diagnostic.Severity != DiagnosticSeverity.Hidden)
            .OrderBy(diagnostic => diagnostic.Location.GetLineSpan().Path, StringComparer.Ordinal)
            .ThenBy(diagnostic => diagnostic.Location.SourceSpan.Start)
            .ThenBy(diagnostic => diagnostic.Id, StringComparer.Ordinal)
            .Select(diagnostic => Describe(diagnostic, compilation, baseline, cancellation))
            .ToList();
    }

    private static CodeFinding Describe(Diagnostic diagnostic, Compilation compilation, BaselineMatcher baseline, CancellationToken cancellation)
    {
        var symbol = SymbolPath.Of(diagnostic.Location, tree => compilation.GetSemanticModel(tree), cancellation);
        var state = diagnostic.IsSuppressed ? FindingState.SuppressedInSource
            : baseline.TryAccept(diagnostic.Id, symbol) ? FindingState.AcceptedByBaseline
            : FindingState.Open;
        return new CodeFinding(
            diagnostic.Descriptor, diagnostic.Severity, diagnostic.GetMessage(), diagnostic.Location.GetMappedLineSpan(), symbol, state, diagnostic.Properties);
    }

    /// <summary>What the project's own configuration says, and a preset where it says nothing.</summary>
    private sealed class PresetSeverities(SyntaxTreeOptionsProvider? own, ImmutableDictionary<string, ReportDiagnostic> preset) : SyntaxTreeOptionsProvider
    {
        public override GeneratedKind IsGenerated(SyntaxTree tree, CancellationToken cancellationToken) =>
            own?.IsGenerated(tree, cancellationToken) ?? GeneratedKind.Unknown;

        public override bool TryGetDiagnosticValue(SyntaxTree tree, string diagnosticId, CancellationToken cancellationToken, out ReportDiagnostic severity)
        {
            severity = ReportDiagnostic.Default;
            return own?.TryGetDiagnosticValue(tree, diagnosticId, cancellationToken, out severity) == true;
        }

        public override bool TryGetGlobalDiagnosticValue(string diagnosticId, CancellationToken cancellationToken, out ReportDiagnostic severity)
        {
            severity = ReportDiagnostic.Default;
            return own?.TryGetGlobalDiagnosticValue(diagnosticId, cancellationToken, out severity) == true || preset.TryGetValue(diagnosticId, out severity);
        }
    }
}
