using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Configuration;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;
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
        ImmutableArray.Create(STAB1001VanishingGradient.Rule, STAB2001InitializerDoesNotFit.Rule);

    /// <inheritdoc/>
    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        var extractor = new ModelExtractor(symbols, Budget.Default);
        context.RegisterSymbolAction(
            action =>
            {
                var type = (INamedTypeSymbol)action.Symbol;
                Report(
                    extractor.OfType(type, action.CancellationToken),
                    action.Options,
                    diagnostic =>
                    {
                        if (!extractor.Writers(action.CancellationToken).MayWrite(type))
                        {
                            action.ReportDiagnostic(diagnostic);
                        }
                    });
            },
            SymbolKind.NamedType);
        context.RegisterOperationBlockStartAction(start => AnalyzeBlock(start, extractor, symbols));
    }

    // Sequential(...) in ordinary code; the classes of modules are seen as a whole.
    private static void AnalyzeBlock(OperationBlockStartAnalysisContext start, ModelExtractor extractor, TorchSharpSymbols symbols)
    {
        if (start.OwningSymbol is not IMethodSymbol method || symbols.IsModule(method.ContainingType))
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
                foreach (var model in extractor.OfBlock(method, block, context.CancellationToken))
                {
                    Report(
                        [model],
                        context.Options,
                        diagnostic =>
                        {
                            if (model.Creation is null || !extractor.Writers(context.CancellationToken).MayWrite(model.Creation))
                            {
                                context.ReportDiagnostic(diagnostic);
                            }
                        });
                }
            }
        });
    }

    private static void Report(IReadOnlyList<ExtractedModel> models, AnalyzerOptions options, Action<Diagnostic> report)
    {
        if (Judge(models, options) is { } found && DiagnosticOf(found.Model, found.Finding) is { } diagnostic)
        {
            report(diagnostic);
        }

        foreach (var (model, finding) in Misfits(models, options))
        {
            if (model.Sites[finding.Node]?.WeightCall?.Site is { } call)
            {
                report(Diagnostic.Create(
                    finding.Rule, call.GetLocation(), finding.Severity, null, finding.Properties, finding.Arguments.Cast<object>().ToArray()));
            }
        }
    }

    /// <summary>What STAB2001 says of a class that is made in different ways: only the calls that never fit, at their mildest.</summary>
    internal static IEnumerable<(ExtractedModel Model, GraphFinding Finding)> Misfits(IReadOnlyList<ExtractedModel> models, AnalyzerOptions options)
    {
        var byCall = new Dictionary<SyntaxNode, List<(ExtractedModel Model, GraphFinding Finding)>>();
        foreach (var model in models)
        {
            var configuration = ConfigurationOf(model, options);
            foreach (var finding in STAB2001InitializerDoesNotFit.Find(
                model.Graph,
                node => model.Sites[node]?.WeightCall?.Node,
                activation => configuration is null ? VanishingThreshold.For(activation) : VanishingThreshold.For(activation, configuration)))
            {
                if (model.Sites[finding.Node]?.WeightCall?.Node is { } call)
                {
                    if (!byCall.TryGetValue(call, out var list))
                    {
                        byCall[call] = list = [];
                    }

                    list.Add((model, finding));
                }
            }
        }

        return byCall.Values.Where(list => list.Count == models.Count)
            .Select(list => list.OrderBy(item => item.Finding.Severity).First())
            .OrderBy(item => item.Finding.Node);
    }

    private static AnalyzerConfigOptions? ConfigurationOf(ExtractedModel model, AnalyzerOptions options) =>
        model.Sites.FirstOrDefault(site => site?.Site is not null)?.Site is { } site
            ? options.AnalyzerConfigOptionsProvider.GetOptions(site.SyntaxTree)
            : null;

    /// <summary>What STAB1001 says of a class that is made in different ways: only what holds for all of them, at its mildest.</summary>
    internal static (ExtractedModel Model, GraphFinding Finding)? Judge(IReadOnlyList<ExtractedModel> models, AnalyzerOptions options)
    {
        (ExtractedModel Model, GraphFinding Finding)? mildest = null;
        foreach (var model in models)
        {
            var finding = ConfigurationOf(model, options) is not { } configuration ? null : STAB1001VanishingGradient.Find(
                SignalPropagation.Predict(model.Graph), activation => VanishingThreshold.For(activation, configuration));
            if (finding is null)
            {
                return null;
            }

            if (mildest is null || DepthFactorOf(finding) > DepthFactorOf(mildest.Value.Finding))
            {
                mildest = (model, finding);
            }
        }

        return mildest;
    }

    private static double DepthFactorOf(GraphFinding finding) =>
        finding.Properties.TryGetValue(STAB1001VanishingGradient.DepthFactor, out var text)
            ? double.Parse(text, System.Globalization.CultureInfo.InvariantCulture)
            : 0;

    private static Diagnostic? DiagnosticOf(ExtractedModel model, GraphFinding finding)
    {
        if (LocationOf(model.Sites[finding.Node]) is not { } location)
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
