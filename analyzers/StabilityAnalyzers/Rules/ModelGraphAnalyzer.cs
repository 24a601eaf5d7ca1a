using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Configuration;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.Rules.GradientFlow;
using StabilityAnalyzers.Rules.Initialization;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules;

/// <summary>Builds the graph of each model once and runs every rule over it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ModelGraphAnalyzer : TorchSharpAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(
            STAB1001VanishingGradient.Rule,
            STAB1002ShrinkingGradient.Rule,
            STAB1003ExplodingGradient.Rule,
            STAB1004GrowingGradient.Rule,
            STAB1005RepeatedBlock.Rule,
            STAB1006LinearAfterLinear.Rule,
            STAB1007ShortGradientHorizon.Rule,
            STAB1008UnscaledResidualStack.Rule,
            STAB2001InitializerDoesNotFit.Rule,
            STAB2002ConstantWeights.Rule,
            STAB2004MissingForgetBias.Rule);

    private static readonly ImmutableArray<Func<GraphSubject, IEnumerable<GraphFinding>>> s_rules =
        ImmutableArray.Create<Func<GraphSubject, IEnumerable<GraphFinding>>>(
        [
            STAB1001VanishingGradient.Find,
            STAB1002ShrinkingGradient.Find,
            STAB1003ExplodingGradient.Find,
            STAB1004GrowingGradient.Find,
            STAB1005RepeatedBlock.Find,
            STAB1006LinearAfterLinear.Find,
            STAB1007ShortGradientHorizon.Find,
            STAB1008UnscaledResidualStack.Find,
            STAB2001InitializerDoesNotFit.Find,
            STAB2002ConstantWeights.Find,
            STAB2004MissingForgetBias.Find,
        ]);

    /// <inheritdoc/>
    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        var extractor = new ModelExtractor(symbols, Budget.Default);

        // When its members are done: the host has bound their bodies then, which is most of the work.
        context.RegisterSymbolStartAction(
            start =>
            {
                if (start.Symbol is INamedTypeSymbol type && symbols.IsModule(type))
                {
                    start.RegisterSymbolEndAction(end => AnalyzeType(end, type, extractor, symbols));
                }
            },
            SymbolKind.NamedType);
        context.RegisterOperationBlockStartAction(start => AnalyzeBlock(start, extractor, symbols));
    }

    private static void AnalyzeType(SymbolAnalysisContext context, INamedTypeSymbol type, ModelExtractor extractor, TorchSharpSymbols symbols) =>
        Report(
            extractor.OfType(type, context.CancellationToken),
            context.Options,
            () => ModelOptimizers.Of(symbols, context.CancellationToken).For(type, context.CancellationToken),
            diagnostic =>
            {
                if (!extractor.Writers(context.CancellationToken).MayWrite(type) && !extractor.MayBeRebuilt(type, context.CancellationToken))
                {
                    context.ReportDiagnostic(diagnostic);
                }
            });

    // Sequential(...) in ordinary code; the classes of modules are seen as a whole.
    private static void AnalyzeBlock(OperationBlockStartAnalysisContext start, ModelExtractor extractor, TorchSharpSymbols symbols)
    {
        if (start.OwningSymbol is not (IMethodSymbol or IFieldSymbol or IPropertySymbol) || symbols.IsModule(start.OwningSymbol.ContainingType))
        {
            return;
        }

        var found = 0;
        start.RegisterOperationAction(
            context =>
            {
                if (context.Operation is IInvocationOperation { TargetMethod: { Name: "Sequential" } factory }
                    && SymbolEqualityComparer.Default.Equals(factory.ContainingType, symbols.NN))
                {
                    Interlocked.Exchange(ref found, 1);
                }
            },
            OperationKind.Invocation);
        start.RegisterOperationBlockEndAction(context =>
        {
            foreach (var block in Volatile.Read(ref found) == 0 ? ImmutableArray<IOperation>.Empty : context.OperationBlocks)
            {
                foreach (var model in extractor.OfBlock(start.OwningSymbol, block, context.CancellationToken))
                {
                    Report(
                        [model],
                        context.Options,
                        () => model.Creation is null ? null : ModelOptimizers.Of(symbols, context.CancellationToken).For(model.Creation),
                        diagnostic =>
                        {
                            if (model.Creation is null
                                || (!extractor.Writers(context.CancellationToken).MayWrite(model.Creation)
                                    && !extractor.MayBeRebuilt(model.Creation, context.CancellationToken)))
                            {
                                context.ReportDiagnostic(diagnostic);
                            }
                        });
                }
            }
        });
    }

    private static void Report(
        IReadOnlyList<ExtractedModel> models, AnalyzerOptions options, Func<VisibleOptimizer?> optimizer, Action<Diagnostic> report)
    {
        foreach (var (model, finding) in Judge(models, options, optimizer))
        {
            if (DiagnosticOf(model, finding) is { } diagnostic)
            {
                report(diagnostic);
            }
        }
    }

    /// <summary>What the rules say of a class that is made in different ways: only what holds for all of them, at its mildest.</summary>
    internal static IEnumerable<(ExtractedModel Model, GraphFinding Finding)> Judge(
        IReadOnlyList<ExtractedModel> models, AnalyzerOptions options, Func<VisibleOptimizer?> optimizer)
    {
        var found = new List<(int Variant, ExtractedModel Model, GraphFinding Finding)>();
        for (var i = 0; i < models.Count; i++)
        {
            var model = models[i];
            if (ConfigurationOf(model, options) is { } configuration)
            {
                var subject = new GraphSubject(
                    model.Graph,
                    new GradientLimits(new GradientOptions(configuration), optimizer),
                    node => model.Sites[node]?.WeightCall?.Node,
                    sizesAreKnown: model.SizeSample == 0);
                var before = found.Count;
                found.AddRange(s_rules.SelectMany(rule => rule(subject)).Select(finding => (i, model, finding)));
                if (found.Count == before)
                {
                    // Nothing holds for all of them, whatever the others say.
                    return [];
                }
            }
        }

        return found.GroupBy(item => item.Finding.Subject)
            .Where(group => group.Select(item => item.Variant).Distinct().Count() == models.Count)
            .Select(group => group
                .GroupBy(item => item.Variant)
                .Select(variant => variant.OrderByDescending(item => item.Finding.Severity).ThenByDescending(item => item.Finding.Badness).First())
                .OrderBy(item => item.Finding.Severity).ThenBy(item => item.Finding.Badness).First())
            .OrderBy(item => item.Finding.Node)
            .Select(item => (item.Model, item.Finding));
    }

    private static AnalyzerConfigOptions? ConfigurationOf(ExtractedModel model, AnalyzerOptions options) =>
        model.Sites.FirstOrDefault(site => site?.Site is not null)?.Site is { } site
            ? options.AnalyzerConfigOptionsProvider.GetOptions(site.SyntaxTree)
            : null;

    private static Diagnostic? DiagnosticOf(ExtractedModel model, GraphFinding finding)
    {
        var site = model.Sites[finding.Node];
        if ((finding.IsAboutCall ? site?.WeightCall?.Site?.GetLocation() : LocationOf(site)) is not { } location)
        {
            return null;
        }

        var related = finding.Related.Select(node => LocationOf(model.Sites[node])).OfType<Location>()
            .Where(other => other != location).Distinct().ToArray();
        return Diagnostic.Create(
            finding.Rule, location, finding.Severity, related, finding.Properties, finding.Arguments.Cast<object>().ToArray());
    }

    /// <summary>Where a node is reported; null if it has no place in the source.</summary>
    internal static Location? LocationOf(NodeSite? site) => site?.Site switch
    {
        null => null,
        BaseTypeDeclarationSyntax type => type.Identifier.GetLocation(),
        var node => node.GetLocation(),
    };
}
