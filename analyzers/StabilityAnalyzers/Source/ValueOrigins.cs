using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Source;

/// <summary>
/// Where a value comes from: follows variables to what is assigned to them, parameters to the arguments of all calls in
/// this compilation, and calls of the user's own methods to what they return. It looks at all assignments whatever
/// their order, and at all instances of a type as one.
/// </summary>
internal sealed class ValueOrigins
{
    private const int Budget = 256;

    private readonly SourceIndex _source;
    private readonly Func<IInvocationOperation, IOperation?>? _passThrough;

    /// <param name="source">The index of the compilation.</param>
    /// <param name="passThrough">For a call that returns its own receiver or argument, that operation; else null.</param>
    public ValueOrigins(SourceIndex source, Func<IInvocationOperation, IOperation?>? passThrough = null)
    {
        _source = source;
        _passThrough = passThrough;
    }

    /// <summary>
    /// The operations that make the value: object creations, calls of methods that are not source, and whatever else is
    /// not a mere reference. Default when some of them cannot be known.
    /// </summary>
    public ImmutableArray<IOperation> Of(IOperation? value, CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<IOperation>();
        var work = new Stack<IOperation?>();
        var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        work.Push(value);
        for (var spent = 0; work.Count > 0; spent++)
        {
            cancellation.ThrowIfCancellationRequested();
            var operation = work.Pop().Unwrap();
            if (operation is null || spent == Budget)
            {
                return default;
            }

            if (IsNullLiteral(operation) || operation is IThrowOperation)
            {
                continue;
            }

            if (!TryStep(operation, work, seen, cancellation, out var isOrigin))
            {
                return default;
            }

            if (isOrigin)
            {
                found.Add(operation);
            }
        }

        return found.ToImmutable();
    }

    /// <summary>
    /// The symbol and every symbol whose value it always has: what it is assigned from, as long as there is one value
    /// only at each step.
    /// </summary>
    public ImmutableArray<ISymbol> AliasesOf(ISymbol symbol, CancellationToken cancellation)
    {
        var aliases = ImmutableArray.CreateBuilder<ISymbol>();
        ISymbol? current = symbol;
        while (current is not null && aliases.Count < 16 && !aliases.Contains(current, SymbolEqualityComparer.Default))
        {
            aliases.Add(current);
            var values = new List<IOperation>();
            if (!TryGetValues(current, values, cancellation))
            {
                break;
            }

            ISymbol? next = null;
            foreach (var value in values)
            {
                var source = value.Unwrap() is IInvocationOperation call && _passThrough?.Invoke(call) is { } same ? same : value;
                var referred = source.Unwrap().ReferredSymbol();
                if (referred is null || (next is not null && !SymbolEqualityComparer.Default.Equals(next, referred)))
                {
                    next = null;
                    break;
                }

                next = referred;
            }

            current = next;
        }

        return aliases.ToImmutable();
    }

    private bool TryStep(
        IOperation operation, Stack<IOperation?> work, HashSet<ISymbol> seen, CancellationToken cancellation, out bool isOrigin)
    {
        isOrigin = false;
        switch (operation)
        {
            case IConditionalOperation conditional:
                work.Push(conditional.WhenTrue);
                work.Push(conditional.WhenFalse);
                return true;
            case ICoalesceOperation coalesce:
                work.Push(coalesce.Value);
                work.Push(coalesce.WhenNull);
                return true;
            case ICoalesceAssignmentOperation assignment:
                work.Push(assignment.Target);
                work.Push(assignment.Value);
                return true;
            case ISimpleAssignmentOperation assignment:
                work.Push(assignment.Value);
                return true;
            case ISwitchExpressionOperation switched:
                foreach (var arm in switched.Arms)
                {
                    work.Push(arm.Value);
                }

                return true;
            case IInvocationOperation call when _passThrough?.Invoke(call) is { } same:
                work.Push(same);
                return true;
            case IInvocationOperation call when _source.IsSource(call.TargetMethod.OriginalDefinition):
                return !call.IsVirtual && TryPushReturns(call.TargetMethod, work, seen, cancellation);
            case var _ when operation.ReferredSymbol() is { } symbol:
                if (!seen.Add(symbol))
                {
                    return true;
                }

                var values = new List<IOperation>();
                if (!TryGetValues(symbol, values, cancellation))
                {
                    return false;
                }

                values.ForEach(work.Push);
                return true;
            default:
                isOrigin = true;
                return true;
        }
    }

    private bool TryGetValues(ISymbol symbol, List<IOperation> values, CancellationToken cancellation)
    {
        if (symbol is not IParameterSymbol parameter)
        {
            return _source.TryGetValues(symbol, values, cancellation);
        }

        // A parameter is known only when a call is in sight.
        if (parameter.RefKind != RefKind.None
            || parameter.ContainingSymbol is not IMethodSymbol { MethodKind: not MethodKind.AnonymousFunction } method)
        {
            return false;
        }

        foreach (var call in _source.CallsOf(method, cancellation))
        {
            var arguments = call switch
            {
                IInvocationOperation invocation => invocation.Arguments,
                IObjectCreationOperation creation => creation.Arguments,
                _ => ImmutableArray<IArgumentOperation>.Empty,
            };
            var argument = arguments.FirstOrDefault(candidate => candidate.Parameter?.Ordinal == parameter.Ordinal);
            if (argument is null)
            {
                return false;
            }

            values.Add(argument.Value);
        }

        return values.Count > 0 && _source.TryGetWrites(parameter, values, cancellation);
    }

    private bool TryPushReturns(IMethodSymbol method, Stack<IOperation?> work, HashSet<ISymbol> seen, CancellationToken cancellation)
    {
        if (!seen.Add(method.OriginalDefinition))
        {
            return true;
        }

        var any = false;
        foreach (var value in _source.ReturnsOf(method, cancellation))
        {
            any = true;
            work.Push(value);
        }

        return any;
    }

    private static bool IsNullLiteral(IOperation operation) =>
        operation.ConstantValue is { HasValue: true, Value: null } || operation is IDefaultValueOperation;
}
