using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Configuration;
using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.GradientFlow;

/// <summary>
/// Which optimizers of a compilation train which models. Made once, when something is about to be said of a model that an
/// optimizer decides.
/// </summary>
internal sealed class ModelOptimizers
{
    private const int MostContainers = 64;

    private static readonly ConditionalWeakTable<TorchSharpSymbols, ModelOptimizers> s_bySymbols = new();

    private readonly TorchSharpSymbols _symbols;
    private readonly List<Training> _trainings;

    private ModelOptimizers(TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        _symbols = symbols;
        _trainings = Find(symbols, cancellation);
    }

    /// <summary>The optimizers of a compilation.</summary>
    /// <param name="symbols">TorchSharp in it.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public static ModelOptimizers Of(TorchSharpSymbols symbols, CancellationToken cancellation) =>
        s_bySymbols.TryGetValue(symbols, out var known) ? known : s_bySymbols.GetValue(symbols, _ => new ModelOptimizers(symbols, cancellation));

    /// <summary>The most tolerant optimizer that trains objects of a class, by itself or as a part of another model; null if none is in sight.</summary>
    /// <param name="type">The class.</param>
    /// <param name="cancellation">Ends the work.</param>
    public VisibleOptimizer? For(INamedTypeSymbol type, CancellationToken cancellation)
    {
        var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default) { type.OriginalDefinition };
        var level = new List<INamedTypeSymbol> { type.OriginalDefinition };
        while (level.Count > 0 && seen.Count <= MostContainers)
        {
            if (MostTolerant(training => level.Any(training.Trains)) is { } found)
            {
                return found;
            }

            level = level.SelectMany(part => ContainersOf(part, cancellation)).Where(seen.Add).ToList();
        }

        return null;
    }

    /// <summary>The most tolerant optimizer that trains the container that an expression makes; null if none is in sight.</summary>
    /// <param name="creation">The expression.</param>
    public VisibleOptimizer? For(SyntaxNode creation) =>
        MostTolerant(training => training.Creation is { } node && node.SyntaxTree == creation.SyntaxTree && node.Span == creation.Span);

    // An optimizer of which it is not known what it trains may train this model too.
    private VisibleOptimizer? MostTolerant(Func<Training, bool> trains) => !_trainings.Any(trains) ? null : _trainings
        .Where(training => training.IsOpen || trains(training))
        .Select(training => training.Optimizer)
        .OrderByDescending(optimizer => optimizer.Family).ThenBy(optimizer => optimizer.Name, StringComparer.Ordinal)
        .First();

    // The module classes in whose code objects of the class are made.
    private IEnumerable<INamedTypeSymbol> ContainersOf(INamedTypeSymbol part, CancellationToken cancellation)
    {
        foreach (var constructor in part.InstanceConstructors)
        {
            foreach (var call in SourceIndex.Of(_symbols.Compilation).CallsOf(constructor, cancellation))
            {
                var root = call;
                while (root.Parent is { } parent)
                {
                    root = parent;
                }

                if (call is IObjectCreationOperation
                    && root.SemanticModel?.GetEnclosingSymbol(call.Syntax.SpanStart, cancellation)?.ContainingType is { } container
                    && _symbols.IsModule(container))
                {
                    yield return container.OriginalDefinition;
                }
            }
        }
    }

    private static List<Training> Find(TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        var trainings = new List<Training>();
        var code = TrainingCode.Of(symbols);
        var models = new TrainedModels(symbols, code.Origins, cancellation);
        foreach (var tree in symbols.Compilation.SyntaxTrees)
        {
            var index = TreeIndex.Of(tree, cancellation);
            foreach (var node in OptimizerCatalog.Entries.SelectMany(entry => index.Calls(entry.Name)).Concat(index.Calls(TreeIndex.TargetTypedNew)))
            {
                if (code.Source.Operation(node, cancellation) is not { } creation || symbols.OptimizerOf(creation.Type) is not { } entry)
                {
                    continue;
                }

                var optimizer = VisibleOptimizer.Of(entry.Name);
                var parameters = models.Of(creation);
                if (parameters.IsDefaultOrEmpty)
                {
                    trainings.Add(new Training(optimizer, null, null));
                    continue;
                }

                foreach (var call in parameters)
                {
                    trainings.AddRange(TrainedBy(optimizer, call.Instance, symbols, code, cancellation));
                }
            }
        }

        return trainings;
    }

    private static IEnumerable<Training> TrainedBy(
        VisibleOptimizer optimizer, IOperation? model, TorchSharpSymbols symbols, TrainingCode code, CancellationToken cancellation)
    {
        var origins = code.Origins.Of(model, cancellation);
        if (origins.IsDefaultOrEmpty || origins.Any(origin => origin.Type is not INamedTypeSymbol made || !symbols.IsModule(made)))
        {
            // Of a parameter or a field that is set elsewhere the type alone is known.
            var declared = model.Unwrap()?.Type as INamedTypeSymbol;
            yield return new Training(optimizer, code.Source.IsSource(declared) ? declared : null, null);
            yield break;
        }

        foreach (var origin in origins)
        {
            yield return new Training(optimizer, code.Source.IsSource(origin.Type) ? (INamedTypeSymbol?)origin.Type : null, origin.Syntax);
        }
    }

    /// <param name="Optimizer">The optimizer.</param>
    /// <param name="Type">The class of the compilation that it trains, or a base of it; null if it is none.</param>
    /// <param name="Creation">Where what it trains is made; null if that is not known.</param>
    private sealed record Training(VisibleOptimizer Optimizer, INamedTypeSymbol? Type, SyntaxNode? Creation)
    {
        public bool IsOpen => Type is null && Creation is null;

        public bool Trains(INamedTypeSymbol type) => Type is not null && TorchSharpSymbols.Derives(type, Type.OriginalDefinition);
    }
}
