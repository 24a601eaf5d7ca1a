using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>What a rule finds at one place to which a call comes.</summary>
internal enum TrainingVerdict
{
    /// <summary>Nothing that counts for or against a report.</summary>
    Open,

    /// <summary>All is well here, or cannot be known: the rule is silent about the call altogether.</summary>
    Sound,

    /// <summary>The rule reports the call, unless another place speaks against it.</summary>
    Faulty,
}

/// <summary>
/// The training code of a compilation: the graphs of the members from which a call is reached, made once for all rules.
/// </summary>
internal sealed class TrainingCode
{
    private const int MaxBodies = 64;
    private const int MaxDepth = 4;

    private static readonly ConditionalWeakTable<TorchSharpSymbols, TrainingCode> s_bySymbols = new();

    private readonly ConcurrentDictionary<SyntaxNode, TrainingGraph> _graphs = new();
    private readonly ConcurrentDictionary<SyntaxNode, IReadOnlyList<IOperation>> _roots = new();

    private TrainingCode(TorchSharpSymbols symbols)
    {
        Symbols = symbols;
        Source = SourceIndex.Of(symbols.Compilation);
        Origins = new ValueOrigins(Source, PassThrough);
        Calls = new TrainingCalls(symbols);
    }

    /// <summary>The symbols of the compilation.</summary>
    public TorchSharpSymbols Symbols { get; }

    /// <summary>The index of the compilation.</summary>
    public SourceIndex Source { get; }

    /// <summary>How values are followed.</summary>
    public ValueOrigins Origins { get; }

    /// <summary>What calls do.</summary>
    public TrainingCalls Calls { get; }

    /// <summary>The training code of a compilation.</summary>
    public static TrainingCode Of(TorchSharpSymbols symbols) => s_bySymbols.GetValue(symbols, static s => new TrainingCode(s));

    /// <summary>
    /// <c>model.to(device)</c> is the model, and <c>recorder.Watch(optimizer)</c> steps the optimizer: the receiver, or argument, of
    /// such a call; null for any other call.
    /// </summary>
    public IOperation? PassThrough(IInvocationOperation call) =>
        TrainingCalls.IsWatch(call.TargetMethod) ? call.Arguments.ArgumentFor("optimizer")
        : call is { TargetMethod.IsExtensionMethod: true, Arguments: [{ Value: var receiver }, ..] }
        && SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, Symbols.ModuleExtensions)
            ? receiver
            : null;

    /// <summary>The variable that holds an optimizer or model, as <see cref="TrainingNode.Subject"/> has it; null when that is not known.</summary>
    public ISymbol? SubjectOf(IOperation? value, CancellationToken cancellation) => TrainingFrame.Resolve(value, null, this, cancellation);

    /// <summary>The variable that a variable takes its value from, as far back as there is one only.</summary>
    public ISymbol SubjectOf(ISymbol variable, CancellationToken cancellation)
    {
        var aliases = Origins.AliasesOf(variable, cancellation);
        return aliases[aliases.Length - 1];
    }

    /// <summary>The variables that hold the models whose parameters an optimizer was given. Default when they are not all known.</summary>
    public ImmutableArray<ISymbol?> ModelsOf(IOperation? optimizer, CancellationToken cancellation)
    {
        var parameters = new TrainedModels(Symbols, Origins, cancellation).Of(optimizer);
        return parameters.IsDefaultOrEmpty ? default : parameters.Select(call => SubjectOf(call.Instance, cancellation)).ToImmutableArray();
    }

    /// <summary>True when an optimizer is known to be one of TorchSharp's own, whose step does nothing but step.</summary>
    public bool IsPlainOptimizer(IOperation? optimizer, CancellationToken cancellation) =>
        Origins.Of(optimizer, cancellation) is { IsDefaultOrEmpty: false } made
        && made.All(creation => Symbols.OptimizerOf(creation.Type) is { NeedsClosure: false });

    /// <summary>
    /// True when a rule finds fault with a call at some place, and at no place is it sound. The places are those to
    /// which the outermost callers in this compilation come; a member that nobody calls is its own.
    /// </summary>
    public bool IsFaulty(IOperation call, Func<TrainingGraph, TrainingNode, TrainingVerdict> judge, CancellationToken cancellation)
    {
        var isFaulty = false;
        foreach (var (graph, node) in PlacesOf(call, cancellation))
        {
            switch (judge(graph, node))
            {
                case TrainingVerdict.Sound:
                    return false;
                case TrainingVerdict.Faulty:
                    isFaulty = true;
                    break;
            }
        }

        return isFaulty;
    }

    /// <summary>The places to which the code comes; none when there are too many callers to tell.</summary>
    public IEnumerable<(TrainingGraph Graph, TrainingNode Node)> PlacesOf(IOperation call, CancellationToken cancellation)
    {
        foreach (var root in RootsOf(call, cancellation))
        {
            var graph = _graphs.GetOrAdd(root.Syntax, _ => TrainingGraphBuilder.Build(root, this, cancellation));
            foreach (var node in graph.NodesOf(call))
            {
                cancellation.ThrowIfCancellationRequested();
                yield return (graph, node);
            }
        }
    }

    // The bodies that nobody calls, or that are far enough away; none when there are too many.
    private IReadOnlyList<IOperation> RootsOf(IOperation call, CancellationToken cancellation) =>
        _roots.GetOrAdd(BodyAround(call).Syntax, _ => FindRoots(call, cancellation));

    private List<IOperation> FindRoots(IOperation call, CancellationToken cancellation)
    {
        var roots = new List<IOperation>();
        var seen = new HashSet<SyntaxNode>();
        var work = new Queue<(IOperation Site, int Depth)>();
        work.Enqueue((call, 0));
        while (work.Count > 0)
        {
            var (site, depth) = work.Dequeue();
            var body = BodyAround(site);
            if (!seen.Add(body.Syntax))
            {
                continue;
            }

            if (seen.Count > MaxBodies)
            {
                return [];
            }

            var isCalled = false;
            foreach (var caller in depth < MaxDepth ? CallersOf(body, site, cancellation) : [])
            {
                isCalled = true;
                work.Enqueue((caller, depth + 1));
            }

            if (!isCalled)
            {
                roots.Add(body);
            }
        }

        return roots;
    }

    // list.ForEach(p => ...) runs as a part of what is around it.
    private static IOperation BodyAround(IOperation site)
    {
        var body = site.Enclosing().Body;
        while (body is IAnonymousFunctionOperation { Parent: IDelegateCreationOperation { Parent: IArgumentOperation argument } })
        {
            body = argument.Enclosing().Body;
        }

        return body;
    }

    private IEnumerable<IOperation> CallersOf(IOperation body, IOperation site, CancellationToken cancellation) => body switch
    {
        ILocalFunctionOperation local => Source.CallsOf(local.Symbol, cancellation),
        // Action train = () => { ... };
        IAnonymousFunctionOperation { Parent: IDelegateCreationOperation { Parent: IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator } } } =>
            Source.InvocationsOf(declarator.Symbol, cancellation),
        IAnonymousFunctionOperation => [],
        _ => MethodAround(site, cancellation) is { } method ? Source.CallsOf(method, cancellation) : [],
    };

    private static IMethodSymbol? MethodAround(IOperation site, CancellationToken cancellation)
    {
        var symbol = site.SemanticModel?.GetEnclosingSymbol(site.Syntax.SpanStart, cancellation);
        while (symbol is IMethodSymbol { MethodKind: MethodKind.AnonymousFunction })
        {
            symbol = symbol.ContainingSymbol;
        }

        return symbol as IMethodSymbol;
    }
}
