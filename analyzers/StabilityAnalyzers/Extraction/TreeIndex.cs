using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StabilityAnalyzers.Extraction;

/// <summary>
/// What a file says by its syntax alone: which names are called, created and assigned where. Made once for each tree, which
/// an editor keeps for every file that is not being typed in.
/// </summary>
internal sealed class TreeIndex
{
    private static readonly ConditionalWeakTable<SyntaxTree, TreeIndex> s_byTree = new();
    private static readonly IReadOnlyList<SyntaxNode> s_none = [];

    private readonly Dictionary<string, List<SyntaxNode>> _calls = [];
    private readonly Dictionary<string, List<SyntaxNode>> _creations = [];
    private readonly List<SyntaxNode> _weightAssignments = [];

    private TreeIndex(SyntaxTree tree)
    {
        // The enumerator of Roslyn has a stack of its own.
        foreach (var node in tree.GetRoot().DescendantNodes())
        {
            switch (node)
            {
                case InvocationExpressionSyntax call when NameOf(call.Expression) is { } name:
                    Add(_calls, name, call);
                    break;
                case ObjectCreationExpressionSyntax creation when NameOf(creation.Type) is { } name:
                    Add(_creations, name, creation);
                    break;
                case ImplicitObjectCreationExpressionSyntax creation:
                    Add(_creations, "", creation);
                    break;
                case AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "weight" or "bias" } } assignment:
                    _weightAssignments.Add(assignment);
                    break;
            }
        }
    }

    /// <summary>Names that are called in the file.</summary>
    public IEnumerable<string> CalledNames => _calls.Keys;

    /// <summary>Assignments to something that is called weight or bias.</summary>
    public IReadOnlyList<SyntaxNode> WeightAssignments => _weightAssignments;

    /// <summary>The index of a tree.</summary>
    public static TreeIndex Of(SyntaxTree tree) => s_byTree.GetValue(tree, static key => new TreeIndex(key));

    /// <summary>Calls of a method or delegate of this name.</summary>
    public IReadOnlyList<SyntaxNode> CallsOf(string name) => _calls.TryGetValue(name, out var found) ? found : s_none;

    /// <summary>Objects that are made of a type of this simple name, or of a type that is not named there.</summary>
    public IEnumerable<SyntaxNode> CreationsOf(string name) =>
        (_creations.TryGetValue(name, out var named) ? named : s_none).Concat(_creations.TryGetValue("", out var implied) ? implied : s_none);

    private static void Add(Dictionary<string, List<SyntaxNode>> lists, string name, SyntaxNode node)
    {
        if (!lists.TryGetValue(name, out var list))
        {
            lists[name] = list = [];
        }

        list.Add(node);
    }

    private static string? NameOf(SyntaxNode expression) => expression switch
    {
        SimpleNameSyntax simple => simple.Identifier.ValueText,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        MemberBindingExpressionSyntax binding => binding.Name.Identifier.ValueText,
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        AliasQualifiedNameSyntax aliased => aliased.Name.Identifier.ValueText,
        _ => null,
    };
}
