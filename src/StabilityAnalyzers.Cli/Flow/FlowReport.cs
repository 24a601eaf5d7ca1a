using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Cli.Sources;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Cli.Flow;

/// <summary>Extracts and predicts every model of some source code.</summary>
internal static class FlowReport
{
    /// <summary>The models, classes first, each by name. A class that is made in different ways is there once for each.</summary>
    /// <param name="code">The code.</param>
    /// <param name="name">Only this model: a full name or the last part of one. Null for all.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static IReadOnlyList<FlowModel> Create(SourceCode code, string? name, CancellationToken cancellation)
    {
        if (TorchSharpSymbols.TryGet(code.Compilation) is not { } symbols)
        {
            return [];
        }

        var extractor = new ModelExtractor(symbols, Budget.Default);
        var models = new List<FlowModel>();
        foreach (var type in ModuleClasses(code.Compilation, symbols, cancellation))
        {
            if (IsNamed(type.ToDisplayString(), name))
            {
                models.AddRange(Distinct(Describe(extractor.OfType(type, cancellation), isClass: true)));
            }
        }

        foreach (var (member, body) in BlocksWithSequential(code.Compilation, symbols, cancellation))
        {
            if (IsNamed(member.ToDisplayString(), name))
            {
                models.AddRange(Distinct(Describe(extractor.OfBlock(member, body, cancellation), isClass: false)));
            }
        }

        return models;
    }

    private static bool IsNamed(string fullName, string? name) => name is null || fullName == name || fullName.EndsWith("." + name, StringComparison.Ordinal);

    private static IEnumerable<FlowModel> Distinct(IEnumerable<FlowModel> models) =>
        models.DistinctBy(model => (model.Name, string.Join('\n', model.Unknown), string.Join('\n', model.Layers)));

    private static IEnumerable<INamedTypeSymbol> ModuleClasses(Compilation compilation, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        var types = compilation.GetSymbolsWithName(_ => true, SymbolFilter.Type, cancellation).OfType<INamedTypeSymbol>();
        return types.Where(type => type is { TypeKind: TypeKind.Class, IsAbstract: false } && symbols.IsModule(type))
            .OrderBy(type => type.ToDisplayString(), StringComparer.Ordinal);
    }

    // Methods, initialisers and top-level programs outside of module classes that call torch.nn.Sequential.
    private static IEnumerable<(ISymbol Member, IOperation Body)> BlocksWithSequential(
        Compilation compilation, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        foreach (var tree in compilation.SyntaxTrees)
        {
            var semantics = compilation.GetSemanticModel(tree);
            var blocks = tree.GetRoot(cancellation).DescendantNodes().OfType<InvocationExpressionSyntax>()
                .Where(call => call.Expression is SimpleNameSyntax { Identifier.ValueText: "Sequential" }
                    or MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Sequential" })
                .Select(call => call.FirstAncestorOrSelf<SyntaxNode>(node =>
                    node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or CompilationUnitSyntax or VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax }))
                .OfType<SyntaxNode>().Distinct();
            foreach (var block in blocks)
            {
                var code = block is VariableDeclaratorSyntax variable ? variable.Initializer : block;
                if (semantics.GetDeclaredSymbol(block, cancellation) is { } member && !symbols.IsModule(member.ContainingType)
                    && code is not null && semantics.GetOperation(code, cancellation) is { } body)
                {
                    yield return (member, body);
                }
            }
        }
    }

    // A model with sizes that the code does not say comes twice, with different numbers: what differs is not known.
    private static IEnumerable<FlowModel> Describe(IReadOnlyList<ExtractedModel> models, bool isClass)
    {
        for (var i = 0; i < models.Count; i++)
        {
            var first = SignalPropagation.PredictPatiently(models[i].Graph);
            var second = models[i].SizeSample == 1 && i + 1 < models.Count && models[i + 1].SizeSample == 2 ? SignalPropagation.PredictPatiently(models[++i].Graph) : null;
            yield return Describe(models[second is null ? i : i - 1], first, second, isClass);
        }
    }

    private static FlowModel Describe(ExtractedModel model, Prediction first, Prediction? second, bool isClass)
    {
        var layers = second is null ? first.Layers : first.Layers.Zip(second.Layers, Common).ToArray();
        var opaque = model.Graph.Nodes.Where(node => node.Operation is UnknownOperation && !IsBehindTheLayers(model.Graph, node.Id))
            .Select(node => ((UnknownOperation)node.Operation).Reason);
        var unknown = model.Unknowns.Concat(opaque).ToList();
        foreach (var layer in layers)
        {
            if (model.Graph.Nodes[layer.NodeId].Operation is WeightOperation { Weight: UnknownInitializer weight })
            {
                unknown.Add($"the weight of '{layer.Path}': {weight.Reason}");
            }
        }

        foreach (var repeat in first.Repeats)
        {
            var factor = repeat.FactorPerPass is { } known ? FormattableString.Invariant($": x{known:0.###} on the gradient each time") : "";
            unknown.Add($"how often '{repeat.Body.Layers.FirstOrDefault()?.Path}' is repeated{factor}");
        }

        if (unknown.Count == 0 && first.MissingBecause is { } refusal && layers.Any(layer => layer.DepthFactor is null))
        {
            unknown.Add(refusal);
        }

        if (unknown.Count == 0)
        {
            unknown.AddRange(layers.Where(layer => layer.DepthFactor is null).Select(layer => second is not null && first.Layers.First(same => same.NodeId == layer.NodeId).DepthFactor is not null
                ? $"the gradient at '{layer.Path}' depends on a size that the code does not say"
                : $"there is no formula for the gradient at '{layer.Path}'"));
        }

        return new FlowModel(
            model.Graph.Name,
            isClass,
            model.Graph,
            unknown.Distinct().ToArray(),
            layers.Select(layer => new FlowLayer(layer, Place(ModelGraphAnalyzer.LocationOf(model.Sites[layer.NodeId])))).ToArray());
    }

    private static LayerPrediction Common(LayerPrediction a, LayerPrediction b) => a with
    {
        SecondMoment = Common(a.SecondMoment, b.SecondMoment),
        GradientRatio = Common(a.GradientRatio, b.GradientRatio),
        DepthFactor = Common(a.DepthFactor, b.DepthFactor),
    };

    // The same but for what a bias of TorchSharp's default adds, whose variance is that of one weight.
    private static double? Common(double? a, double? b) => a is { } x && b is { } y && Math.Abs(x - y) <= 0.02 * Math.Max(Math.Abs(x), Math.Abs(y)) ? a : null;

    // A softmax behind the last layer changes no ratio between layers.
    private static bool IsBehindTheLayers(ModelGraph graph, int node)
    {
        var reached = new bool[graph.Nodes.Count];
        reached[node] = true;
        for (var i = node + 1; i < graph.Nodes.Count; i++)
        {
            reached[i] = graph.Nodes[i].Inputs.Any(input => reached[input]);
            if (reached[i] && graph.Nodes[i].Operation.IsWeightLayer)
            {
                return false;
            }
        }

        // Without a layer there is nothing that it could be behind of.
        return graph.Nodes.Any(other => other.Operation.IsWeightLayer);
    }

    private static string Place(Location? location)
    {
        if (location?.GetLineSpan() is not { IsValid: true } span)
        {
            return "";
        }

        // Below the working folder the path is relative, so that the result does not depend on where that is.
        var path = Path.GetRelativePath(Environment.CurrentDirectory, span.Path).Replace('\\', '/');
        var shown = path.StartsWith("../", StringComparison.Ordinal) ? span.Path : path;
        return FormattableString.Invariant($"{shown}({span.StartLinePosition.Line + 1},{span.StartLinePosition.Character + 1})");
    }
}
