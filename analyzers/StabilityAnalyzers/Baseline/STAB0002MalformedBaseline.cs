using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Baseline;

/// <summary>STAB0002: a line of the baseline cannot be read, so that it accepts nothing.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB0002MalformedBaseline : TorchSharpAnalyzer
{
    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        "STAB0002",
        "The baseline cannot be read",
        "The line {0}",
        RuleCategory.Configuration,
        DiagnosticSeverity.Error,
        "A baseline that cannot be read accepts less than the team believes, so that the build says so.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols) =>
        context.RegisterAdditionalFileAction(action =>
        {
            if (BaselineFile.IsBaseline(action.AdditionalFile.Path) && action.AdditionalFile.GetText(action.CancellationToken) is { } text)
            {
                foreach (var (line, problem) in BaselineFile.Parse(text.Lines.Select(each => each.ToString())).Problems)
                {
                    var span = text.Lines[line].Span;
                    var location = Location.Create(action.AdditionalFile.Path, span, text.Lines.GetLinePositionSpan(span));
                    action.ReportDiagnostic(Diagnostic.Create(s_rule, location, problem));
                }
            }
        });
}
