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
    /// <summary>
    /// The name under which creations with the type left out (<c>new(...)</c>) are listed, unless a declaration beside them says
    /// which it is.
    /// </summary>
    public const string TargetTypedNew = "new";

    /// <summary>The name under which <c>: base(...)</c> is listed where another part of the class may say what the base is.</summary>
    public const string AnyInitializer = ".ctor";

    private static readonly ConditionalWeakTable<SyntaxTree, TreeIndex> s_byTree = new();

    private readonly Dictionary<string, List<SyntaxNode>> _calls = [];
    private readonly Dictionary<string, List<SyntaxNode>> _writes = [];
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, string> _aliases = [];
    private readonly List<(string Alias, string Name)> _globalAliases = [];

    private TreeIndex(SyntaxNode root)
    {
        foreach (var node in root.DescendantNodes())
        {
            switch (node)
            {
                case SimpleNameSyntax name:
                    _names.Add(name.Identifier.ValueText);
                    break;
                case MethodDeclarationSyntax method:
                    _names.Add(method.Identifier.ValueText);
                    break;
                case PropertyDeclarationSyntax property:
                    _names.Add(property.Identifier.ValueText);
                    break;
                case InvocationExpressionSyntax invocation:
                    Add(_calls, NameOf(invocation.Expression), invocation);
                    break;
                case UsingDirectiveSyntax { Alias.Name.Identifier.ValueText: var alias } directive when NameOf(directive.NamespaceOrType) is { } meant:
                    // They come before everything that may name them; one of an inner namespace hides that of an outer one.
                    _aliases[alias] = Meaning(meant);
                    if (!directive.GlobalKeyword.IsKind(SyntaxKind.None))
                    {
                        _globalAliases.Add((alias, meant));
                    }

                    break;
                case ObjectCreationExpressionSyntax creation:
                    AddType("", creation.Type, creation);
                    break;
                case ImplicitObjectCreationExpressionSyntax creation:
                    if (DeclaredTypeOf(creation) is not { } declared || !AddType("", declared, creation))
                    {
                        Add(_calls, TargetTypedNew, creation);
                    }

                    break;
                case ConstructorInitializerSyntax { Parent.Parent: TypeDeclarationSyntax type } initializer:
                    if (initializer.IsKind(SyntaxKind.ThisConstructorInitializer))
                    {
                        Add(_calls, InitializerOf(type.Identifier.ValueText), initializer);
                        break;
                    }

                    foreach (var named in type.BaseList?.Types ?? default)
                    {
                        AddType(AnyInitializer, named.Type, initializer);
                    }

                    if (type.Modifiers.Any(SyntaxKind.PartialKeyword))
                    {
                        Add(_calls, AnyInitializer, initializer);
                    }

                    break;
                case PrimaryConstructorBaseTypeSyntax baseType:
                    AddType(AnyInitializer, baseType.Type, baseType);
                    break;
                case AssignmentExpressionSyntax { Left: TupleExpressionSyntax tuple } assignment:
                    foreach (var target in tuple.DescendantNodes().OfType<SimpleNameSyntax>())
                    {
                        Add(_writes, target.Identifier.ValueText, assignment);
                    }

                    break;
                case AssignmentExpressionSyntax { Left: ElementAccessExpressionSyntax element } assignment:
                    Add(_writes, ElementOf(NameOf(element.Expression) ?? ""), assignment);
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

    /// <summary>The name under which <c>: this(...)</c> and <c>: base(...)</c> are listed that call a constructor of a type.</summary>
    /// <param name="type">The name of the type.</param>
    public static string InitializerOf(string type) => AnyInitializer + type;

    /// <summary>The name under which assignments to the elements of something are listed.</summary>
    /// <param name="name">Its name.</param>
    public static string ElementOf(string name) => name + "[]";

    /// <summary>Every name that is called or created.</summary>
    public IEnumerable<string> CalledNames => _calls.Keys;

    /// <summary>All calls and creations by name.</summary>
    public IEnumerable<KeyValuePair<string, List<SyntaxNode>>> AllCalls => _calls;

    /// <summary>All assignments by name.</summary>
    public IEnumerable<KeyValuePair<string, List<SyntaxNode>>> AllWrites => _writes;

    /// <summary>The last parts of the names that the tree gives other names in the whole compilation.</summary>
    public IReadOnlyList<(string Alias, string Name)> GlobalAliases => _globalAliases;

    /// <summary>True if the tree uses that name for anything, or declares a method or property with it.</summary>
    public bool Mentions(string name) => _names.Contains(name);

    /// <summary>The calls and creations of that name, in the order of the source.</summary>
    public IReadOnlyList<SyntaxNode> Calls(string name) => _calls.TryGetValue(name, out var found) ? found : [];

    /// <summary>The assignments, and the arguments by reference, to something of that name, in the order of the source.</summary>
    public IReadOnlyList<SyntaxNode> Writes(string name) => _writes.TryGetValue(name, out var found) ? found : [];

    private string Meaning(string name) => _aliases.TryGetValue(name, out var meaning) ? meaning : name;

    // A type is listed by the name that it is declared with, if the tree says it, and by the one that stands there.
    private bool AddType(string prefix, TypeSyntax type, SyntaxNode node)
    {
        if (NameOf(type) is not { } name)
        {
            return false;
        }

        Add(_calls, prefix + name, node);
        if (Meaning(name) is var meaning && meaning != name)
        {
            Add(_calls, prefix + meaning, node);
        }

        return true;
    }

    // Layer layer = new(...), as a local, field or property: what is made is what is declared.
    private static TypeSyntax? DeclaredTypeOf(ImplicitObjectCreationExpressionSyntax creation)
    {
        var type = creation.Parent switch
        {
            EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax variable } } => variable.Type,
            EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax property } => property.Type,
            ArrowExpressionClauseSyntax { Parent: PropertyDeclarationSyntax property } => property.Type,
            _ => null,
        };
        return type is NullableTypeSyntax nullable ? nullable.ElementType : type;
    }

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
