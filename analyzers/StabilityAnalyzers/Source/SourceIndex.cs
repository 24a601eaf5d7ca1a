using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Source;

/// <summary>
/// Answers questions that reach beyond the member at hand: the body of a method, who calls it, what is assigned to a
/// variable. Only the trees of this compilation are looked at, so that an IDE, to which a referenced project is source,
/// and a build, to which it is metadata, get the same answer.
/// </summary>
internal sealed class SourceIndex
{
    private static readonly ConditionalWeakTable<Compilation, SourceIndex> s_byCompilation = new();

    private readonly Compilation _compilation;
    private readonly ConcurrentDictionary<SyntaxTree, SemanticModel> _models = new();
    private readonly ConcurrentDictionary<ISymbol, IOperation?> _bodies = new(SymbolEqualityComparer.Default);

    private NameIndex? _names;

    private SourceIndex(Compilation compilation) => _compilation = compilation;

    /// <summary>The index of a compilation.</summary>
    public static SourceIndex Of(Compilation compilation) => s_byCompilation.GetValue(compilation, static c => new SourceIndex(c));

    /// <summary>True when the symbol is declared in a tree of this compilation.</summary>
    public bool IsSource(ISymbol? symbol) =>
        symbol is { DeclaringSyntaxReferences.Length: > 0 }
        && SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, _compilation.Assembly);

    /// <summary>The operation of a node of this compilation, or null.</summary>
    public IOperation? Operation(SyntaxNode? node, CancellationToken cancellation) =>
        node is not null && _compilation.ContainsSyntaxTree(node.SyntaxTree)
            ? Model(node.SyntaxTree).GetOperation(node, cancellation)
            : null;

    /// <summary>The body of a method, constructor, accessor or local function; null if there is none here.</summary>
    public IOperation? Body(IMethodSymbol method, CancellationToken cancellation)
    {
        var definition = method.OriginalDefinition;
        if (!_bodies.TryGetValue(definition, out var body))
        {
            body = Bodies(definition, cancellation).FirstOrDefault();
            _bodies.TryAdd(definition, body);
        }

        return body;
    }

    /// <summary>The value that a field or property is initialised with; null if there is none here.</summary>
    public IOperation? InitializerOf(ISymbol member, CancellationToken cancellation)
    {
        foreach (var reference in member.OriginalDefinition.DeclaringSyntaxReferences)
        {
            var clause = reference.GetSyntax(cancellation) switch
            {
                VariableDeclaratorSyntax variable => variable.Initializer,
                PropertyDeclarationSyntax property => property.Initializer,
                _ => null,
            };
            switch (Operation(clause, cancellation))
            {
                case ISymbolInitializerOperation initializer:
                    return initializer.Value;
                case { } other:
                    return other;
            }
        }

        return null;
    }

    /// <summary>The bodies of a method, constructor, accessor or local function; none when it is not source.</summary>
    public IEnumerable<IOperation> Bodies(IMethodSymbol method, CancellationToken cancellation)
    {
        var definition = method.OriginalDefinition;
        definition = definition.PartialImplementationPart ?? definition;
        if (!IsSource(definition))
        {
            yield break;
        }

        foreach (var reference in definition.DeclaringSyntaxReferences)
        {
            var node = reference.GetSyntax(cancellation);

            // A primary constructor is declared by its type, whose operation would be no body.
            if (node is not TypeDeclarationSyntax && Operation(node, cancellation) is { } body)
            {
                yield return body;
            }
        }
    }

    /// <summary>The values that a method of this compilation returns; none when it is not source, or returns nothing.</summary>
    public IEnumerable<IOperation> ReturnsOf(IMethodSymbol method, CancellationToken cancellation)
    {
        foreach (var body in Bodies(method, cancellation))
        {
            foreach (var operation in body.DescendantsAndSelf())
            {
                if (operation is IReturnOperation { Kind: OperationKind.Return, ReturnedValue: { } value }
                    && ReferenceEquals(operation.Enclosing().Body, body))
                {
                    yield return value;
                }
            }
        }
    }

    /// <summary>
    /// The calls of a method in this compilation, as invocations or object creations; also those that reach it by
    /// overriding or through an interface. A reference without a call (a delegate) is not among them.
    /// </summary>
    public IEnumerable<IOperation> CallsOf(IMethodSymbol method, CancellationToken cancellation)
    {
        var definition = method.OriginalDefinition;
        foreach (var node in CallNames(definition, cancellation).SelectMany(name => Calls(name, definition, cancellation)).Distinct())
        {
            cancellation.ThrowIfCancellationRequested();
            var operation = Operation(node, cancellation);
            var target = operation switch
            {
                IInvocationOperation invocation => invocation.TargetMethod,
                IObjectCreationOperation creation => creation.Constructor,
                _ => null,
            };
            if (operation is not null && Reaches(target?.ReducedFrom ?? target, definition))
            {
                yield return operation;
            }
        }
    }

    /// <summary>
    /// The member whose code a node belongs to: a method, constructor, accessor or top-level program; the field or property
    /// that it initialises; the type, for the arguments that a primary constructor passes on. Null if there is none.
    /// </summary>
    public ISymbol? MemberAround(SyntaxNode node, CancellationToken cancellation)
    {
        for (var at = node; at is not null && _compilation.ContainsSyntaxTree(at.SyntaxTree); at = at.Parent)
        {
            switch (at)
            {
                case BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or TypeDeclarationSyntax or CompilationUnitSyntax
                    or VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax }:
                    return Model(at.SyntaxTree).GetDeclaredSymbol(at, cancellation);
                case PropertyDeclarationSyntax property:
                    return Model(at.SyntaxTree).GetDeclaredSymbol(property, cancellation) is not IPropertySymbol symbol ? null
                        : property.ExpressionBody is null ? symbol
                        : symbol.GetMethod;
            }
        }

        return null;
    }

    /// <summary>The invocations of a delegate that a local variable holds.</summary>
    public IEnumerable<IInvocationOperation> InvocationsOf(ILocalSymbol local, CancellationToken cancellation)
    {
        foreach (var node in Calls(local.Name, local, cancellation).Concat(Calls("Invoke", local, cancellation)))
        {
            if (Operation(node, cancellation) is IInvocationOperation { TargetMethod.MethodKind: MethodKind.DelegateInvoke } call
                && call.Instance.Unwrap() is ILocalReferenceOperation reference
                && SymbolEqualityComparer.Default.Equals(reference.Local, local))
            {
                yield return call;
            }
        }
    }

    /// <summary>
    /// Every value that this compilation gives to a local, field or property, without regard to the instance. False
    /// when one of them is not a plain value: written by reference, by deconstruction, by a pattern, by an accessor of
    /// the user's own.
    /// </summary>
    public bool TryGetValues(ISymbol symbol, List<IOperation> values, CancellationToken cancellation)
    {
        symbol = symbol.OriginalDefinition;
        if (!IsSource(symbol))
        {
            return false;
        }

        foreach (var reference in symbol.DeclaringSyntaxReferences)
        {
            if (!TryAddDeclaredValue(reference.GetSyntax(cancellation), values, cancellation))
            {
                return false;
            }
        }

        return TryGetWrites(symbol, values, cancellation);
    }

    /// <summary>True if nothing in this compilation writes to something of that name, its declaration left aside.</summary>
    public bool IsNeverWritten(ISymbol symbol, CancellationToken cancellation) =>
        IsSource(symbol.OriginalDefinition) && !Writes(symbol.OriginalDefinition, cancellation).Any();

    /// <summary>
    /// The values that assignments give to a variable, its declaration left aside; false as for
    /// <see cref="TryGetValues"/>.
    /// </summary>
    public bool TryGetWrites(ISymbol symbol, List<IOperation> values, CancellationToken cancellation)
    {
        symbol = symbol.OriginalDefinition;
        foreach (var node in Writes(symbol, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            switch (Operation(node, cancellation))
            {
                case ISimpleAssignmentOperation { IsRef: false } assignment:
                    if (Refers(assignment.Target, symbol))
                    {
                        values.Add(assignment.Value);
                    }

                    break;
                case ICoalesceAssignmentOperation assignment:
                    if (Refers(assignment.Target, symbol))
                    {
                        values.Add(assignment.Value);
                    }

                    break;
                case IArgumentOperation argument when !Refers(argument.Value, symbol):
                case IEventAssignmentOperation:
                    break;
                case IDeconstructionAssignmentOperation deconstruction
                    when !deconstruction.Target.DescendantsAndSelf().Any(target => Refers(target, symbol)):
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    private bool TryAddDeclaredValue(SyntaxNode declaration, List<IOperation> values, CancellationToken cancellation)
    {
        switch (declaration)
        {
            case VariableDeclaratorSyntax declarator:
                return TryAdd(declarator.Initializer?.Value);
            case PropertyDeclarationSyntax { ExpressionBody: { } body }:
                return TryAdd(body.Expression);
            case PropertyDeclarationSyntax property
                when property.AccessorList?.Accessors.All(accessor => accessor is { Body: null, ExpressionBody: null }) == true:
                return TryAdd(property.Initializer?.Value);
            default:
                return false;
        }

        bool TryAdd(ExpressionSyntax? expression)
        {
            if (expression is null)
            {
                return true;
            }

            if (Operation(expression, cancellation) is not { } value)
            {
                return false;
            }

            values.Add(value);
            return true;
        }
    }

    /// <summary>The semantic model of a tree of this compilation, the same one each time.</summary>
    public SemanticModel SemanticModelOf(SyntaxTree tree) => Model(tree);

    // RS1030 asks for the model that the analyzer context hands out; there is none for another member's tree, and a rule
    // that follows a call needs it. The host's own cache of models is behind this call.
#pragma warning disable RS1030
    private SemanticModel Model(SyntaxTree tree) => _models.GetOrAdd(tree, t => _compilation.GetSemanticModel(t));
#pragma warning restore RS1030

    /// <summary>True if a tree of this compilation uses that name for anything, or declares a method or property with it.</summary>
    public bool Mentions(string name, CancellationToken cancellation) => Names(cancellation).Mentions(name);

    /// <summary>The calls of everything of that name in this compilation.</summary>
    public IReadOnlyList<SyntaxNode> CallsNamed(string name, CancellationToken cancellation) => Names(cancellation).Calls(name);

    /// <summary>The assignments to everything of that name in this compilation, or to an element of it.</summary>
    public IEnumerable<SyntaxNode> WritesNamed(string name, CancellationToken cancellation) =>
        Names(cancellation).Writes(name).Concat(Names(cancellation).Writes(TreeIndex.ElementOf(name)));

    private NameIndex Names(CancellationToken cancellation) => _names ??= new NameIndex(_compilation, cancellation);

    private IEnumerable<SyntaxNode> Calls(string name, ISymbol of, CancellationToken cancellation) =>
        ScopeOf(of) is { } trees ? trees.SelectMany(tree => TreeIndex.Of(tree, cancellation).Calls(name)) : Names(cancellation).Calls(name);

    private IEnumerable<SyntaxNode> Writes(ISymbol symbol, CancellationToken cancellation) =>
        ScopeOf(symbol) is { } trees ? trees.SelectMany(tree => TreeIndex.Of(tree, cancellation).Writes(symbol.Name)) : Names(cancellation).Writes(symbol.Name);

    // What is local to a member or private to a type needs no look at the rest of the compilation: null for the rest.
    private static IEnumerable<SyntaxTree>? ScopeOf(ISymbol symbol)
    {
        var scope = symbol switch
        {
            ILocalSymbol or IParameterSymbol or IMethodSymbol { MethodKind: MethodKind.LocalFunction } => symbol,
            { DeclaredAccessibility: Accessibility.Private, IsOverride: false } => symbol.ContainingType,
            _ => null,
        };
        return scope?.DeclaringSyntaxReferences.Select(reference => reference.SyntaxTree).Distinct();
    }

    private IEnumerable<string> CallNames(IMethodSymbol method, CancellationToken cancellation)
    {
        if (method.MethodKind != MethodKind.Constructor)
        {
            return [method.Name];
        }

        var names = Names(cancellation).NamesOf(method.ContainingType.Name).ToArray();
        return [.. names, TreeIndex.TargetTypedNew, .. names.Select(TreeIndex.InitializerOf), TreeIndex.AnyInitializer];
    }

    private static bool Refers(IOperation? operation, ISymbol symbol)
    {
        var referred = operation switch
        {
            ILocalReferenceOperation local => (ISymbol)local.Local,
            IMemberReferenceOperation member => member.Member,
            IParameterReferenceOperation parameter => parameter.Parameter,
            _ => null,
        };
        return SymbolEqualityComparer.Default.Equals(referred?.OriginalDefinition, symbol);
    }

    private static bool Reaches(IMethodSymbol? target, IMethodSymbol method)
    {
        if (target is null)
        {
            return false;
        }

        target = target.OriginalDefinition;
        for (var m = method; m is not null; m = m.OverriddenMethod?.OriginalDefinition)
        {
            if (SymbolEqualityComparer.Default.Equals(m, target))
            {
                return true;
            }
        }

        return target.ContainingType?.TypeKind == TypeKind.Interface
            && method.ContainingType?.FindImplementationForInterfaceMember(target) is IMethodSymbol implementation
            && SymbolEqualityComparer.Default.Equals(implementation.OriginalDefinition, method);
    }
}
