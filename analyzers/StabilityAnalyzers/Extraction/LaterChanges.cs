using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Extraction;

/// <summary>
/// Finds code that puts layers into a module after its constructor is through, or takes some out: <c>net.Layers.append(...)</c>,
/// <c>net.Head = ...</c>, a method of the class that does so and is called from outside. Such a module is not what its constructor
/// makes. Rather too often than too seldom: it only ever makes a rule silent.
/// </summary>
internal static class LaterChanges
{
    private static readonly HashSet<string> s_mutators =
    [
        "append", "Add", "add_module", "register_module", "insert", "Insert", "extend", "AddRange", "InsertRange", "Remove", "RemoveAt", "Clear", "Reverse",
        "replace", "TryAdd", "Prepend", "Append", "Push", "Enqueue",
    ];

    /// <summary>True if the layers of a class's objects may change after they are made.</summary>
    /// <param name="type">The class.</param>
    /// <param name="symbols">TorchSharp in the compilation.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public static bool To(INamedTypeSymbol type, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        var source = SourceIndex.Of(symbols.Compilation);
        var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        var work = new Stack<INamedTypeSymbol>();
        work.Push(type.OriginalDefinition);
        while (work.Count > 0)
        {
            var t = work.Pop();
            if (!source.IsSource(t) || !seen.Add(t))
            {
                continue;
            }

            var held = t.GetMembers().Select(member => (member.Name, Type: ModuleIn(member, symbols))).Where(member => member.Type is not null).ToArray();
            if (MayChange(t, new HashSet<string>(held.Select(member => member.Name)), source, cancellation))
            {
                return true;
            }

            foreach (var inner in held.Select(member => member.Type).Append(t.BaseType).OfType<INamedTypeSymbol>())
            {
                work.Push(inner.OriginalDefinition);
            }
        }

        return false;
    }

    /// <summary>True if another member than the one that makes a container puts layers into the variable that it is kept in.</summary>
    /// <param name="creation">The expression that makes it.</param>
    /// <param name="symbols">TorchSharp in the compilation.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public static bool To(SyntaxNode creation, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        var source = SourceIndex.Of(symbols.Compilation);
        var model = source.SemanticModelOf(creation.SyntaxTree);
        var holder = creation.Parent switch
        {
            AssignmentExpressionSyntax assignment => model.GetSymbolInfo(Bare(assignment.Left), cancellation).Symbol,
            EqualsValueClauseSyntax { Parent: (VariableDeclaratorSyntax or PropertyDeclarationSyntax) and var declaration } => model.GetDeclaredSymbol(declaration, cancellation),
            _ => null,
        };

        // A local variable is not seen by other members.
        return holder is IFieldSymbol or IPropertySymbol && s_mutators.SelectMany(mutator => source.CallsNamed(mutator, cancellation)).Any(call =>
            Receiver(call) is { } receiver && NameBehind(receiver) == holder.Name
            && !SymbolEqualityComparer.Default.Equals(source.MemberAround(call, cancellation), source.MemberAround(creation, cancellation))
            && SymbolEqualityComparer.Default.Equals(source.SemanticModelOf(call.SyntaxTree).GetSymbolInfo(Bare(receiver), cancellation).Symbol, holder));
    }

    private static bool MayChange(INamedTypeSymbol type, HashSet<string> holders, SourceIndex source, CancellationToken cancellation) =>
        holders.SelectMany(holder => source.WritesNamed(holder, cancellation)).Any(node =>
            // What an object initialiser writes is a part of how the object is made.
            node.Parent is not InitializerExpressionSyntax && IsOutside(node, type, source, cancellation)
            && (node is not AssignmentExpressionSyntax assignment || IsOf(assignment.Left, type, source, cancellation)))
        || s_mutators.Any(name => source.CallsNamed(name, cancellation).Any(call =>
            Receiver(call) is { } receiver
            && (name is "add_module" or "register_module" || (NameBehind(receiver) is { } holder && holders.Contains(holder)))
            && IsOutside(call, type, source, cancellation)
            && IsOf(receiver, type, source, cancellation)))
        || type.GetMembers().OfType<IMethodSymbol>().Any(method =>
            method is { IsStatic: false, MethodKind: MethodKind.Ordinary or MethodKind.ExplicitInterfaceImplementation, IsOverride: false }
            && Changes(method, holders, cancellation)
            && (source.CallsOf(method, cancellation).Any(call => IsOutside(call.Syntax, type, source, cancellation))
                || method.ExplicitInterfaceImplementations.Any(target => source.CallsNamed(target.Name, cancellation).Any(call => IsOutside(call, type, source, cancellation)))));

    // Something that an object of the class holds, or the object itself.
    private static bool IsOf(ExpressionSyntax expression, INamedTypeSymbol type, SourceIndex source, CancellationToken cancellation)
    {
        var model = source.SemanticModelOf(expression.SyntaxTree);
        expression = Bare(expression);
        var symbol = model.GetSymbolInfo(expression, cancellation).Symbol;
        return symbol is null
            || SymbolEqualityComparer.Default.Equals(symbol.ContainingType?.OriginalDefinition, type)
            || (model.GetTypeInfo(expression, cancellation).Type is INamedTypeSymbol made && TorchSharpSymbols.Derives(made, type));
    }

    // net.layers of net.layers[0], (net.layers), net.layers!
    private static ExpressionSyntax Bare(ExpressionSyntax expression)
    {
        for (var at = expression; ;)
        {
            switch (at)
            {
                case ElementAccessExpressionSyntax element:
                    at = element.Expression;
                    break;
                case PostfixUnaryExpressionSyntax postfix:
                    at = postfix.Operand;
                    break;
                case ParenthesizedExpressionSyntax parenthesized:
                    at = parenthesized.Expression;
                    break;
                case CastExpressionSyntax cast:
                    at = cast.Expression;
                    break;
                default:
                    return at;
            }
        }
    }

    private static ExpressionSyntax? Receiver(SyntaxNode call) => call switch
    {
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } => access.Expression,
        InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax, Parent: ConditionalAccessExpressionSyntax access } => access.Expression,
        _ => null,
    };

    // Modules, and lists, arrays and dictionaries of them.
    private static ITypeSymbol? ModuleIn(ISymbol member, TorchSharpSymbols symbols)
    {
        var type = member switch
        {
            IFieldSymbol { IsStatic: false } field => field.Type,
            IPropertySymbol { IsStatic: false } property => property.Type,
            _ => null,
        };
        return type is null ? null
            : symbols.IsModule(type) ? type
            : type is IArrayTypeSymbol { ElementType: var element } ? (symbols.IsModule(element) ? element : null)
            : (type as INamedTypeSymbol)?.TypeArguments.FirstOrDefault(symbols.IsModule);
    }

    private static bool Changes(IMethodSymbol method, HashSet<string> holders, CancellationToken cancellation) =>
        method.DeclaringSyntaxReferences.Any(reference => reference.GetSyntax(cancellation).DescendantNodes().Any(node => node switch
        {
            AssignmentExpressionSyntax assignment => NameBehind(assignment.Left) is { } name && holders.Contains(name),
            InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "add_module" or "register_module" } } => true,
            InvocationExpressionSyntax call => TreeIndex.NameOf(call.Expression) is { } name && s_mutators.Contains(name)
                && Receiver(call) is { } receiver && NameBehind(receiver) is { } holder && holders.Contains(holder),
            _ => false,
        }));

    // layers, this.layers, net.layers, net.layers[0], net.layers!, (net.layers)
    private static string? NameBehind(ExpressionSyntax expression) => TreeIndex.NameOf(Bare(expression));

    private static bool IsOutside(SyntaxNode node, INamedTypeSymbol type, SourceIndex source, CancellationToken cancellation) =>
        source.MemberAround(node, cancellation) is not { } member
        || member.IsStatic
        || !SymbolEqualityComparer.Default.Equals((member as INamedTypeSymbol ?? member.ContainingType)?.OriginalDefinition, type);
}
