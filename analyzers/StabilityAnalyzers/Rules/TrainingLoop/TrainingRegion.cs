using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>What is known of the gradient on its way from <c>backward</c> to one call of <c>step</c>.</summary>
internal enum GradientPath
{
    /// <summary>No loop was found in which a <c>backward</c> comes before the step.</summary>
    NoLoop,

    /// <summary>It is clipped, or passes through something that may clip it.</summary>
    MayBeClipped,

    /// <summary>In a loop, it goes from <c>backward</c> to <c>step</c>, and nothing on the way can clip it.</summary>
    Unclipped,
}

/// <summary>Finds the training loop around a call of <c>step</c>, also where the loop is in a caller, and judges it.</summary>
internal sealed class TrainingRegion
{
    private const int MaxCallers = 32;
    private const int MaxDepth = 4;

    private readonly IInvocationOperation _step;
    private readonly TorchSharpSymbols _symbols;
    private readonly Func<IOperation, bool> _concerns;
    private readonly CancellationToken _cancellation;

    private TrainingRegion(
        IInvocationOperation step, TorchSharpSymbols symbols, Func<IOperation, bool> concerns, CancellationToken cancellation)
    {
        _step = step;
        _symbols = symbols;
        _concerns = concerns;
        _cancellation = cancellation;
    }

    /// <summary>Judges the way of the gradient to a step.</summary>
    /// <param name="step">The call of <c>step</c>.</param>
    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="concerns">False for a clipping that is known to be of other models.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static GradientPath Judge(
        IInvocationOperation step, TorchSharpSymbols symbols, Func<IOperation, bool> concerns, CancellationToken cancellation) =>
        new TrainingRegion(step, symbols, concerns, cancellation).Judge(step, 0);

    private GradientPath Judge(IOperation site, int depth)
    {
        var (body, loop) = site.Enclosing();
        if (loop is not null && JudgeEvents(loop) is var inLoop and not GradientPath.NoLoop)
        {
            return inLoop;
        }

        // A body that clips needs no search for its callers.
        if (loop is null && JudgeEvents(body) == GradientPath.MayBeClipped)
        {
            return GradientPath.MayBeClipped;
        }

        var verdict = GradientPath.NoLoop;
        var callers = 0;
        foreach (var caller in depth < MaxDepth ? CallersOf(body, site) : [])
        {
            var judged = ++callers > MaxCallers ? GradientPath.MayBeClipped : Judge(caller, depth + 1);
            if (judged == GradientPath.MayBeClipped)
            {
                return judged;
            }

            verdict = judged == GradientPath.Unclipped ? judged : verdict;
        }

        return verdict;
    }

    private GradientPath JudgeEvents(IOperation region)
    {
        var events = TrainingEvents.Of(region, _symbols, _cancellation);
        var verdict = GradientPath.NoLoop;
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Kind != TrainingEventKind.Step || events[i].Operation.Syntax != _step.Syntax)
            {
                continue;
            }

            switch (JudgeStep(events, i))
            {
                case GradientPath.MayBeClipped:
                    return GradientPath.MayBeClipped;
                case GradientPath.Unclipped:
                    verdict = GradientPath.Unclipped;
                    break;
            }
        }

        return verdict;
    }

    private GradientPath JudgeStep(IReadOnlyList<TrainingEvent> events, int step)
    {
        var backward = LastIndex(events, step, TrainingEventKind.Backward);
        if (backward < 0)
        {
            return GradientPath.NoLoop;
        }

        for (var i = 0; i < events.Count; i++)
        {
            var isBetween = backward < i && i < step;
            var mayClip = events[i].Kind switch
            {
                TrainingEventKind.Opaque => isBetween,
                // A clipping at a wrong place is a fault of another kind.
                TrainingEventKind.Clip => isBetween || !BelongsToAnotherStep(events, i),
                _ => false,
            };
            if (mayClip && !AreExclusive(events[i].Anchor, events[step].Anchor) && _concerns(events[i].Operation))
            {
                return GradientPath.MayBeClipped;
            }
        }

        return GradientPath.Unclipped;
    }

    // backward, clip, step: whatever is before and behind has nothing to do with this clipping.
    private static bool BelongsToAnotherStep(IReadOnlyList<TrainingEvent> events, int clip)
    {
        var next = clip + 1;
        while (next < events.Count && events[next].Kind is not (TrainingEventKind.Step or TrainingEventKind.Backward))
        {
            next++;
        }

        return next < events.Count
            && events[next].Kind == TrainingEventKind.Step
            && LastIndex(events, clip, TrainingEventKind.Backward) > LastIndex(events, clip, TrainingEventKind.Step);
    }

    private static int LastIndex(IReadOnlyList<TrainingEvent> events, int before, TrainingEventKind kind)
    {
        var i = before - 1;
        while (i >= 0 && events[i].Kind != kind)
        {
            i--;
        }

        return i;
    }

    // if (a) clip(); else step(): never both in one pass.
    private static bool AreExclusive(SyntaxNode a, SyntaxNode b)
    {
        if (a.SyntaxTree != b.SyntaxTree || a == b)
        {
            return false;
        }

        SyntaxNode child = a;
        for (var parent = a.Parent; parent is not null; child = parent, parent = parent.Parent)
        {
            if (parent.Span.Contains(b.Span))
            {
                return BranchOf(parent, child) is { } one
                    && BranchOf(parent, parent.ChildThatContainsPosition(b.SpanStart).AsNode()) is { } other
                    && one != other;
            }
        }

        return false;
    }

    private static SyntaxNode? BranchOf(SyntaxNode parent, SyntaxNode? child) => parent switch
    {
        IfStatementSyntax branches when child == branches.Statement || child == branches.Else => child,
        SwitchStatementSyntax branches when child != branches.Expression => child,
        _ => null,
    };

    private IEnumerable<IOperation> CallersOf(IOperation body, IOperation site)
    {
        var source = SourceIndex.Of(_symbols.Compilation);
        return body switch
        {
            ILocalFunctionOperation local => source.CallsOf(local.Symbol, _cancellation),
            // Action train = () => { ... };
            IAnonymousFunctionOperation { Parent: IDelegateCreationOperation { Parent: IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator } } } =>
                source.InvocationsOf(declarator.Symbol, _cancellation),
            IAnonymousFunctionOperation => [],
            _ => site.SemanticModel?.GetEnclosingSymbol(site.Syntax.SpanStart, _cancellation) is IMethodSymbol method
                ? source.CallsOf(method, _cancellation)
                : [],
        };
    }
}
