using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StabilityAnalyzers.Source;

/// <summary>
/// Where one syntax tree calls and where it writes something of a given name. Made in one pass and kept as long as the
/// tree lives, so that an edit of one document costs one pass over that document.
/// </summary>
internal sealed class TreeIndex
{
    /// <summary>The name under which creations with the type left out (<c>new(...)</c>) are listed.</summary>
    public const string TargetTypedNew = "new";

    /// <summary>The name under which <c>: this(...)</c> and <c>: base(...)</c> are listed.</summary>
    public const string ConstructorInitializer = ".ctor";

    private static readonly ConditionalWeakTable<SyntaxTree, TreeIndex> s_byTree = new();

    private readonly Dictionary<string, List<SyntaxNode>> _calls = [];
    private readonly Dictionary<string, List<SyntaxNode>> _writes = [];

    private TreeIndex(SyntaxNode root)
    {
        foreach (var node in root.DescendantNodes())
        {
            switch (node)
            {
                case InvocationExpressionSyntax invocation:
                    Add(_calls, NameOf(invocation.Expression), invocation);
                    break;
                case ObjectCreationExpressionSyntax creation:
                    Add(_calls, NameOf(creation.Type), creation);
                    break;
                case ImplicitObjectCreationExpressionSyntax creation:
                    Add(_calls, TargetTypedNew, creation);
                    break;
                case ConstructorInitializerSyntax initializer:
                    Add(_calls, ConstructorInitializer, initializer);
                    break;
                case PrimaryConstructorBaseTypeSyntax baseType:
                    Add(_calls, ConstructorInitializer, baseType);
                    break;
                case AssignmentExpressionSyntax { Left: TupleExpressionSyntax tuple } assignment:
                    foreach (var name in tuple.DescendantNodes().OfType<SimpleNameSyntax>())
                    {
                        Add(_writes, name.Identifier.ValueText, assignment);
                    }

                    break;
                case AssignmentExpressionSyntax assignment:
                    Add(_writes, NameOf(assignment.Left), assignment);
                    break;
                case PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PreIncrementExpression or (int)SyntaxKind.PreDecrementExpression } step:
                    Add(_writes, NameOf(step.Operand), step);
                    break;
                case PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PostIncrementExpression or (int)SyntaxKind.PostDecrementExpression } step:
                    Add(_writes, NameOf(step.Operand), step);
                    break;
                case ArgumentSyntax argument when !argument.RefKindKeyword.IsKind(SyntaxKind.None):
                    Add(_writes, NameOf(argument.Expression), argument);
                    break;
            }
        }
    }

    /// <summary>The index of a tree.</summary>
    public static TreeIndex Of(SyntaxTree tree, CancellationToken cancellation)
    {
        if (!s_byTree.TryGetValue(tree, out var index))
        {
            var root = tree.GetRoot(cancellation);
            index = s_byTree.GetValue(tree, _ => new TreeIndex(root));
        }

        return index;
    }

    /// <summary>Every name that is called or created.</summary>
    public IEnumerable<string> CalledNames => _calls.Keys;

    /// <summary>The calls and creations of that name, in the order of the source.</summary>
    public IReadOnlyList<SyntaxNode> Calls(string name) => _calls.TryGetValue(name, out var found) ? found : [];

    /// <summary>The assignments, and the arguments by reference, to something of that name, in the order of the source.</summary>
    public IReadOnlyList<SyntaxNode> Writes(string name) => _writes.TryGetValue(name, out var found) ? found : [];

    private static void Add(Dictionary<string, List<SyntaxNode>> index, string? name, SyntaxNode node)
    {
        if (name is null)
        {
            return;
        }

        if (!index.TryGetValue(name, out var nodes))
        {
            index[name] = nodes = [];
        }

        nodes.Add(node);
    }

    /// <summary>The last part of a name; null for what is no name.</summary>
    public static string? NameOf(SyntaxNode node) => node switch
    {
        SimpleNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        MemberBindingExpressionSyntax binding => binding.Name.Identifier.ValueText,
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        AliasQualifiedNameSyntax qualified => qualified.Name.Identifier.ValueText,
        _ => null,
    };
}
