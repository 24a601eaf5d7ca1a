using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Extraction;

/// <summary>A module that some code makes, just before it is made: what is needed to make it again, on its own.</summary>
/// <param name="Creation">The expression that makes it; null for one that nobody makes here.</param>
/// <param name="Type">Its class.</param>
/// <param name="Constructor">The constructor.</param>
/// <param name="Arguments">The values of its parameters.</param>
/// <param name="Initializer">The object initialiser behind it.</param>
/// <param name="Frame">Key of the variables that the object initialiser sees.</param>
/// <param name="Self">What <c>this</c> is there.</param>
/// <param name="State">The program at that point.</param>
/// <param name="NextId">The next free key of an object.</param>
/// <param name="NextFrame">The next free key of a call.</param>
internal sealed record Construction(
    SyntaxNode? Creation,
    INamedTypeSymbol Type,
    IMethodSymbol Constructor,
    ImmutableArray<(IParameterSymbol Parameter, Value Value)> Arguments,
    IObjectOrCollectionInitializerOperation? Initializer,
    int Frame,
    Value? Self,
    State State,
    int NextId,
    int NextFrame)
{
    /// <summary>A construction of which only some constant arguments are known.</summary>
    /// <param name="type">The class.</param>
    /// <param name="constructor">The constructor.</param>
    /// <param name="arguments">What is known, by parameter name.</param>
    public static Construction WithConstants(INamedTypeSymbol type, IMethodSymbol constructor, IReadOnlyDictionary<string, object?> arguments) => new(
        null,
        type,
        constructor,
        constructor.Parameters.Select(parameter => (parameter, Interpreter.ArgumentFor(parameter, arguments))).ToImmutableArray(),
        null,
        0,
        null,
        State.Empty,
        0,
        1);
}
