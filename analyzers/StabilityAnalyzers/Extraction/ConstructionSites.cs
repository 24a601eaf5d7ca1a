using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Extraction;

/// <summary>One way in which the compilation makes an object of a class.</summary>
/// <param name="Constructor">The constructor.</param>
/// <param name="Arguments">Its constant arguments by parameter name; the others are missing.</param>
internal sealed record ConstructionSite(IMethodSymbol Constructor, ImmutableSortedDictionary<string, object?> Arguments);

/// <summary>Finds where the compilation makes objects of a class, and with which constants.</summary>
/// <param name="compilation">The compilation.</param>
internal sealed class ConstructionSites(Compilation compilation)
{
    private const int MostSites = 6;

    /// <summary>
    /// The different ways in which the class is made. None if nobody makes it here; a single one without arguments if there
    /// are too many.
    /// </summary>
    /// <param name="type">The class.</param>
    /// <param name="cancellation">Ends the search.</param>
    public IReadOnlyList<ConstructionSite> Of(INamedTypeSymbol type, CancellationToken cancellation)
    {
        var bodies = new MethodBodies(compilation, cancellation);
        var sites = new List<ConstructionSite>();
        var seen = new HashSet<string>();
        foreach (var tree in compilation.SyntaxTrees)
        {
            foreach (var node in TreeIndex.Of(tree).CreationsOf(type.Name))
            {
                if (node is ImplicitObjectCreationExpressionSyntax && !MayMake(node, type.Name)
                    || bodies.OperationOf(node) is not IObjectCreationOperation { Constructor: { } constructor } creation
                    || !SymbolEqualityComparer.Default.Equals(constructor.ContainingType.OriginalDefinition, type.OriginalDefinition))
                {
                    continue;
                }

                var arguments = ImmutableSortedDictionary.CreateBuilder<string, object?>(StringComparer.Ordinal);
                foreach (var argument in creation.Arguments)
                {
                    if (argument.Parameter is { } parameter && ConstantOf(argument.Value) is (true, var constant))
                    {
                        arguments[parameter.Name] = constant;
                    }
                }

                var key = constructor.OriginalDefinition.ToDisplayString() + string.Concat(arguments.Select(pair => $"|{pair.Key}={Arithmetic.Text(pair.Value)}"));
                if (seen.Add(key))
                {
                    sites.Add(new ConstructionSite(constructor.OriginalDefinition, arguments.ToImmutable()));
                }

                if (sites.Count > MostSites)
                {
                    return [new ConstructionSite(constructor.OriginalDefinition, ImmutableSortedDictionary<string, object?>.Empty)];
                }
            }
        }

        return sites;
    }

    // new(...) for a field, variable or return type of that name somewhere around it.
    private static bool MayMake(SyntaxNode creation, string name) =>
        creation.FirstAncestorOrSelf<MemberDeclarationSyntax>()?.DescendantTokens()
            .Any(token => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText == name) == true;

    // A constant, or a local variable that is only ever given one.
    private static (bool IsKnown, object? Constant) ConstantOf(IOperation value)
    {
        for (var steps = 0; steps < 8; steps++)
        {
            if (value.ConstantValue.HasValue)
            {
                var constant = Arithmetic.Normalize(value.ConstantValue.Value);
                return (constant is not null || value.ConstantValue.Value is null, Arithmetic.ConvertTo(constant, value.Type));
            }

            switch (value)
            {
                case IConversionOperation conversion:
                    value = conversion.Operand;
                    break;
                case IDefaultValueOperation { Type.IsReferenceType: true }:
                    return (true, null);
                case ILocalReferenceOperation local when Initializer(local) is { } initializer:
                    value = initializer;
                    break;
                default:
                    return (false, null);
            }
        }

        return (false, null);
    }

    private static IOperation? Initializer(ILocalReferenceOperation reference)
    {
        IOperation root = reference;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        IOperation? initializer = null;
        foreach (var operation in root.Descendants())
        {
            switch (operation)
            {
                case IVariableDeclaratorOperation declarator when Same(declarator.Symbol):
                    initializer = (declarator.Initializer ?? (declarator.Parent as IVariableDeclarationOperation)?.Initializer)?.Value;
                    break;
                case IAssignmentOperation { Target: ILocalReferenceOperation target } when Same(target.Local):
                case IIncrementOrDecrementOperation { Target: ILocalReferenceOperation changed } when Same(changed.Local):
                case IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out, Value: ILocalReferenceOperation passed } when Same(passed.Local):
                    return null;
            }
        }

        return initializer;

        bool Same(ILocalSymbol local) => SymbolEqualityComparer.Default.Equals(local, reference.Local);
    }
}
