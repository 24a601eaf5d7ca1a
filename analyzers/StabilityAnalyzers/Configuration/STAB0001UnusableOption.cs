using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Configuration;

/// <summary>STAB0001: an option of the analyzers has a value that cannot be used.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB0001UnusableOption : TorchSharpAnalyzer
{
    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        "STAB0001",
        "An option of the analyzers cannot be used",
        "'{0}' cannot be '{1}': it takes a number {2}, and the default is used",
        RuleCategory.Configuration,
        DiagnosticSeverity.Info,
        "The .editorconfig gives an option of these analyzers a value that it does not take, so that its default is used.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    // An option holds for many files: the first of them, by its path, is where it is said.
    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        var first = new Dictionary<(NumberOption, string), SyntaxTree>();
        foreach (var tree in context.Compilation.SyntaxTrees)
        {
            var options = context.Options.AnalyzerConfigOptionsProvider.GetOptions(tree);
            foreach (var option in GradientOptions.All)
            {
                if (option.BadValue(options) is { } value
                    && (!first.TryGetValue((option, value), out var other) || string.CompareOrdinal(tree.FilePath, other.FilePath) < 0))
                {
                    first[(option, value)] = tree;
                }
            }
        }

        if (first.Count == 0)
        {
            return;
        }

        context.RegisterSyntaxTreeAction(action =>
        {
            foreach (var pair in first.Where(pair => pair.Value == action.Tree))
            {
                var (option, value) = pair.Key;
                action.ReportDiagnostic(Diagnostic.Create(
                    s_rule, action.Tree.GetLocation(new TextSpan(0, 0)), option.Key, value, option.Range));
            }
        });
    }
}
