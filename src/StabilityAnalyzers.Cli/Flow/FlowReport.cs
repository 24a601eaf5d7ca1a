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
                models.AddRange(Distinct(extractor.OfType(type, cancellation).Select(model => Describe(model, isClass: true))));
            }
        }

        foreach (var (method, body) in BlocksWithSequential(code.Compilation, symbols, cancellation))
        {
            if (IsNamed(method.ToDisplayString(), name))
            {
                models.AddRange(Distinct(extractor.OfBlock(method, body, cancellation).Select(model => Describe(model, isClass: false))));
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

    // Methods and top-level programs outside of module classes that call torch.nn.Sequential.
    private static IEnumerable<(IMethodSymbol Method, IOperation Body)> BlocksWithSequential(
        Compilation compilation, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        foreach (var tree in compilation.SyntaxTrees)
        {
            var semantics = compilation.GetSemanticModel(tree);
            var blocks = tree.GetRoot(cancellation).DescendantNodes().OfType<InvocationExpressionSyntax>()
                .Where(call => call.Expression is SimpleNameSyntax { Identifier.ValueText: "Sequential" }
                    or MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Sequential" })
                .Select(call => call.FirstAncestorOrSelf<SyntaxNode>(node => node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or CompilationUnitSyntax))
                .OfType<SyntaxNode>().Distinct();
            foreach (var block in blocks)
            {
                if (semantics.GetDeclaredSymbol(block, cancellation) is IMethodSymbol method && !symbols.IsModule(method.ContainingType)
                    && semantics.GetOperation(block, cancellation) is { } body)
                {
                    yield return (method, body);
                }
            }
        }
    }

    private static FlowModel Describe(ExtractedModel model, bool isClass)
    {
        var prediction = SignalPropagation.Predict(model.Graph);
        var unknown = model.Unknowns.Concat(model.Graph.Unknowns).ToList();
        foreach (var layer in prediction.Layers)
        {
            if (model.Graph.Nodes[layer.NodeId].Operation is WeightOperation { Weight: UnknownInitializer weight })
            {
                unknown.Add($"the weight of '{layer.Path}': {weight.Reason}");
            }
        }

        if (unknown.Count == 0)
        {
            unknown.AddRange(prediction.Layers.Where(layer => layer.DepthFactor is null).Select(layer => $"there is no formula for the gradient at '{layer.Path}'"));
        }

        return new FlowModel(
            model.Graph.Name,
            isClass,
            model.Graph,
            unknown.Distinct().ToArray(),
            prediction.Layers.Select(layer => new FlowLayer(layer, Place(ModelGraphAnalyzer.LocationOf(model.Sites[layer.NodeId])))).ToArray());
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
