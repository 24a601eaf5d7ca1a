using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>A call that a <see cref="TrainingGraph"/> follows: what its parameters stand for.</summary>
internal sealed class TrainingFrame
{
    private const int MaxSteps = 32;

    private readonly IMethodSymbol _method;
    private readonly ImmutableArray<IArgumentOperation> _arguments;
    private readonly TrainingFrame? _caller;

    /// <param name="method">The method that is called.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="caller">The call from within which it is called, or null for the member that the graph is of.</param>
    public TrainingFrame(IMethodSymbol method, ImmutableArray<IArgumentOperation> arguments, TrainingFrame? caller)
    {
        _method = method.OriginalDefinition;
        _arguments = arguments;
        _caller = caller;
    }

    /// <summary>
    /// The variable that holds the value of an expression: parameters are followed to the arguments of the calls at
    /// hand, variables to the one that they were assigned from. Null where the expression is more than a name, or a
    /// member of another object.
    /// </summary>
    public static ISymbol? Resolve(IOperation? value, TrainingFrame? frame, TrainingCode code, CancellationToken cancellation)
    {
        ISymbol? resolved = null;
        for (var step = 0; step < MaxSteps; step++)
        {
            var operation = value.Unwrap();
            if (operation is IInvocationOperation call && code.PassThrough(call) is { } same)
            {
                value = same;
                continue;
            }

            if (operation is IInstanceReferenceOperation)
            {
                return operation.Type;
            }

            if (operation is IMemberReferenceOperation { Instance: not (null or IInstanceReferenceOperation) }
                || operation.ReferredSymbol() is not { } symbol)
            {
                return null;
            }

            var aliases = code.Origins.AliasesOf(symbol, cancellation);
            resolved = aliases[aliases.Length - 1];
            if (aliases.OfType<IParameterSymbol>().FirstOrDefault() is not { } parameter
                || !TryBind(parameter, ref frame, out value))
            {
                return resolved;
            }
        }

        return null;
    }

    private static bool TryBind(IParameterSymbol parameter, ref TrainingFrame? frame, out IOperation? argument)
    {
        for (var f = frame; f is not null; f = f._caller)
        {
            if (SymbolEqualityComparer.Default.Equals(f._method, parameter.OriginalDefinition.ContainingSymbol))
            {
                argument = f._arguments.FirstOrDefault(candidate => candidate.Parameter?.Ordinal == parameter.Ordinal)?.Value;
                frame = f._caller;
                return argument is not null;
            }
        }

        argument = null;
        return false;
    }
}
