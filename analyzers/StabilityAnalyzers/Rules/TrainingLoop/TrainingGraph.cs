using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>
/// What a member does to gradients, and in which order it may do so: the events, with the user's own methods, local
/// functions and lambdas put in place of the calls, and the paths between them.
/// </summary>
internal sealed class TrainingGraph
{
    private readonly Dictionary<SyntaxNode, List<TrainingNode>> _bySyntax = [];

    /// <param name="entry">Where the member begins.</param>
    /// <param name="nodes">All nodes.</param>
    public TrainingGraph(TrainingNode entry, IReadOnlyList<TrainingNode> nodes)
    {
        Entry = entry;
        Nodes = nodes;
        foreach (var node in nodes)
        {
            if (node.Operation is { Syntax: var syntax })
            {
                if (!_bySyntax.TryGetValue(syntax, out var same))
                {
                    _bySyntax[syntax] = same = [];
                }

                same.Add(node);
            }
        }
    }

    /// <summary>Where the member begins.</summary>
    public TrainingNode Entry { get; }

    /// <summary>All nodes.</summary>
    public IReadOnlyList<TrainingNode> Nodes { get; }

    /// <summary>The nodes of a call: one for each way in which the member comes to it, none when it does not.</summary>
    public IReadOnlyList<TrainingNode> NodesOf(IOperation operation) =>
        _bySyntax.TryGetValue(operation.Syntax, out var nodes) ? nodes : [];

    /// <summary>
    /// What comes first on each path into a node, or out of it: the nodes at which <paramref name="stops"/> says so, and
    /// null for a path that begins, or ends, without one.
    /// </summary>
    public HashSet<TrainingNode?> Nearest(TrainingNode from, bool before, Func<TrainingNode, bool> stops)
    {
        var found = new HashSet<TrainingNode?>();
        Visit(from, before, node =>
        {
            if (stops(node))
            {
                found.Add(node);
                return false;
            }

            if (before ? node == Entry : node.Successors.Count == 0)
            {
                found.Add(null);
            }

            return true;
        });
        return found;
    }

    /// <summary>
    /// The nodes of the outermost loop around a node: those to which a path leads from it, and back. Empty when it is in
    /// no loop.
    /// </summary>
    /// <param name="of">The node.</param>
    /// <param name="cuts">True for a node that no such path may go through.</param>
    public HashSet<TrainingNode> Cycle(TrainingNode of, Func<TrainingNode, bool>? cuts = null)
    {
        var after = Reach(of, before: false, cuts);
        after.IntersectWith(Reach(of, before: true, cuts));
        return after;
    }

    /// <summary>The nodes that lie on a path into a node, or out of it, as long as no path goes through a cut.</summary>
    public HashSet<TrainingNode> Reach(TrainingNode from, bool before, Func<TrainingNode, bool>? cuts = null)
    {
        var reached = new HashSet<TrainingNode>();
        Visit(from, before, node => cuts?.Invoke(node) != true && reached.Add(node));
        return reached;
    }

    // Each node once, and the start only when a path leads back to it.
    private static void Visit(TrainingNode from, bool before, Func<TrainingNode, bool> goesOn)
    {
        var seen = new HashSet<TrainingNode>();
        var work = new Stack<TrainingNode>(before ? from.Predecessors : from.Successors);
        while (work.Count > 0)
        {
            var node = work.Pop();
            if (seen.Add(node) && goesOn(node))
            {
                foreach (var next in before ? node.Predecessors : node.Successors)
                {
                    work.Push(next);
                }
            }
        }
    }
}
