using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>How a module class of the user's registers what it holds.</summary>
internal sealed class ModuleRegistration
{
    /// <summary>The method that registers the fields of a module.</summary>
    public const string RegisterComponents = "RegisterComponents";

    private const int MaxChain = 16;

    // A class that calls or overrides one of these has its own way, which is not followed.
    private static readonly string[] s_byHand =
    [
        "register_module", "add_module", "register_parameter", "register_buffer", "ClearModules", "_internal_submodules",
        "_internal_params", "_internal_buffers",
    ];

    private static readonly string[] s_overridden =
        [RegisterComponents, "parameters", "named_parameters", "_parameters", "_named_parameters", "named_children", "named_modules", "_to", "register_module"];

    private readonly TorchSharpSymbols _symbols;
    private readonly SourceIndex _source;
    private readonly CancellationToken _cancellation;

    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public ModuleRegistration(TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        _symbols = symbols;
        _source = SourceIndex.Of(symbols.Compilation);
        _cancellation = cancellation;
    }

    /// <summary>
    /// True when all that concerns registration in the class and its bases is the plain method: all of them are source up
    /// to TorchSharp's own <c>Module</c>, and none has a way of its own.
    /// </summary>
    public bool IsPlain(INamedTypeSymbol type)
    {
        var t = type.OriginalDefinition;
        while (_source.IsSource(t))
        {
            if (t.GetMembers().Any(member => member.IsOverride && s_overridden.Contains(member.Name)) || t.DeclaringSyntaxReferences.Any(IsByHand))
            {
                return false;
            }

            t = t.BaseType?.OriginalDefinition;
            if (t is null)
            {
                return false;
            }
        }

        return SymbolEqualityComparer.Default.Equals(t, _symbols.Module)
            || _symbols.GenericModules.Contains(t, SymbolEqualityComparer.Default);
    }

    /// <summary>True when the class or one of its bases calls <c>RegisterComponents</c> anywhere.</summary>
    public bool IsCalledIn(INamedTypeSymbol type)
    {
        for (var t = type.OriginalDefinition; t is not null && _source.IsSource(t); t = t.BaseType?.OriginalDefinition)
        {
            if (t.DeclaringSyntaxReferences.Any(reference => TreeIndex.Of(reference.SyntaxTree, _cancellation) is var index
                && (index.Calls(RegisterComponents).Any(call => reference.Span.Contains(call.Span))
                    || (index.Mentions(RegisterComponents) && IsNamedIn(reference.GetSyntax(_cancellation))))))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsNamedIn(SyntaxNode type) =>
        type.DescendantTokens().Any(token => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText == RegisterComponents);

    /// <summary>The explicit constructors of a class.</summary>
    public IEnumerable<ConstructorDeclarationSyntax> Constructors(INamedTypeSymbol type) => type.InstanceConstructors
        .SelectMany(constructor => constructor.DeclaringSyntaxReferences)
        .Select(reference => reference.GetSyntax(_cancellation)).OfType<ConstructorDeclarationSyntax>();

    /// <summary>The call as a statement of its own at the top of the constructor's body, or as the whole of it.</summary>
    public static InvocationExpressionSyntax? CallIn(ConstructorDeclarationSyntax constructor)
    {
        var candidates = constructor.ExpressionBody is { } body
            ? [body.Expression]
            : (constructor.Body?.Statements ?? default).OfType<ExpressionStatementSyntax>().Select(statement => statement.Expression);
        return candidates.OfType<InvocationExpressionSyntax>().FirstOrDefault(IsCall);
    }

    /// <summary>True when all components of a new instance are registered once its constructor is through, whichever it is.</summary>
    public bool IsAlwaysDone(INamedTypeSymbol type) => Constructors(type) is var all && all.Any() && all.All(IsDoneIn);

    /// <summary>True when the constructor, or one that it goes on to, calls the method for certain.</summary>
    public bool IsDoneIn(ConstructorDeclarationSyntax constructor) => CallIn(constructor) is not null || IsDoneBefore(constructor);

    /// <summary>True when a constructor that runs before the body of this one, here or in a base, calls the method for certain.</summary>
    public bool IsDoneBefore(ConstructorDeclarationSyntax constructor)
    {
        var current = Next(constructor);
        for (var i = 0; current is not null && i < MaxChain; i++)
        {
            if (CallIn(current) is not null)
            {
                return true;
            }

            current = Next(current);
        }

        return false;
    }

    // The constructor that runs first: of : this(...), : base(...), or without a word the base's that takes nothing.
    private ConstructorDeclarationSyntax? Next(ConstructorDeclarationSyntax constructor)
    {
        var own = _source.SemanticModelOf(constructor.SyntaxTree).GetDeclaredSymbol(constructor, _cancellation);
        IMethodSymbol? next = null;
        if (constructor.Initializer is null || constructor.Initializer.IsKind(SyntaxKind.BaseConstructorInitializer))
        {
            // Most derive from TorchSharp's own module, of which nothing need be known.
            var parent = own?.ContainingType.BaseType;
            if (parent is null || !_source.IsSource(parent.OriginalDefinition))
            {
                return null;
            }

            next = constructor.Initializer is null ? parent.InstanceConstructors.FirstOrDefault(c => c.Parameters.All(p => p.IsOptional)) : null;
        }

        if (constructor.Initializer is { } initializer)
        {
            next = (_source.Operation(initializer, _cancellation) as IInvocationOperation)?.TargetMethod;
        }

        return next?.OriginalDefinition is { } found && _source.IsSource(found)
            ? found.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellation) as ConstructorDeclarationSyntax
            : null;
    }

    private static bool IsCall(InvocationExpressionSyntax call) => call is
    {
        Expression: IdentifierNameSyntax { Identifier.ValueText: RegisterComponents }
            or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax or BaseExpressionSyntax, Name.Identifier.ValueText: RegisterComponents },
    };

    private bool IsByHand(SyntaxReference reference) =>
        TreeIndex.Of(reference.SyntaxTree, _cancellation) is var index && s_byHand.Any(index.Mentions) && IsByHand(reference.GetSyntax(_cancellation));

    private static bool IsByHand(SyntaxNode type) => type.DescendantTokens()
        .Any(token => token.IsKind(SyntaxKind.IdentifierToken) && s_byHand.Contains(token.ValueText) && !IsAtTheEnd(token));

    // Dispose(bool) calls ClearModules() in much code; the module is not used any more then.
    private static bool IsAtTheEnd(SyntaxToken token) =>
        token.ValueText == "ClearModules"
        && token.Parent?.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { Identifier.ValueText: "Dispose" };
}
