using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Source;

/// <summary>Where a whole compilation calls and where it writes something of a given name.</summary>
internal sealed class NameIndex
{
    private readonly ConcurrentDictionary<string, bool> _mentioned = new();
    private readonly List<TreeIndex> _trees = [];
    private readonly Dictionary<string, List<SyntaxNode>> _calls = [];
    private readonly Dictionary<string, List<SyntaxNode>> _writes = [];
    private readonly List<(string Alias, string Name)> _aliases = [];

    /// <summary>Indexes the trees of a compilation, each of which was indexed before or is now.</summary>
    /// <param name="compilation">The compilation.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public NameIndex(Compilation compilation, CancellationToken cancellation)
    {
        foreach (var tree in compilation.SyntaxTrees)
        {
            cancellation.ThrowIfCancellationRequested();
            var index = TreeIndex.Of(tree, cancellation);
            _trees.Add(index);
            Add(_calls, index.AllCalls);
            Add(_writes, index.AllWrites);
            _aliases.AddRange(index.GlobalAliases);
        }
    }

    /// <summary>The calls and creations of that name, in the order of the source.</summary>
    public IReadOnlyList<SyntaxNode> Calls(string name) => _calls.TryGetValue(name, out var found) ? found : [];

    /// <summary>The assignments, and the arguments by reference, to something of that name, in the order of the source.</summary>
    public IReadOnlyList<SyntaxNode> Writes(string name) => _writes.TryGetValue(name, out var found) ? found : [];

    /// <summary>True if a tree uses that name for anything, or declares a method or property with it.</summary>
    public bool Mentions(string name) => _mentioned.GetOrAdd(name, n => _trees.Any(tree => tree.Mentions(n)));

    /// <summary>A name and those that the compilation gives it with <c>global using</c>.</summary>
    public IEnumerable<string> NamesOf(string name) =>
        _aliases.Count == 0 ? [name] : _aliases.Where(alias => alias.Name == name).Select(alias => alias.Alias).Prepend(name).Distinct();

    private static void Add(Dictionary<string, List<SyntaxNode>> to, IEnumerable<KeyValuePair<string, List<SyntaxNode>>> from)
    {
        foreach (var pair in from)
        {
            if (!to.TryGetValue(pair.Key, out var nodes))
            {
                to[pair.Key] = nodes = new List<SyntaxNode>(pair.Value.Count);
            }

            nodes.AddRange(pair.Value);
        }
    }
}
