using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>This part follows expressions, in the order in which they are evaluated, and calls.</summary>
internal sealed partial class TrainingGraphBuilder
{
    private const int MaxCalls = 8;

    private readonly TrainingCode _code;
    private readonly CancellationToken _cancellation;
    private readonly HashSet<ISymbol> _active = new(SymbolEqualityComparer.Default);

    // Methods that turned out to do nothing of interest: to follow them once is enough.
    private readonly HashSet<ISymbol> _idle = new(SymbolEqualityComparer.Default);
    private TrainingFrame? _frame;
    private int _calls;

    private TrainingGraphBuilder(TrainingCode code, CancellationToken cancellation)
    {
        _code = code;
        _cancellation = cancellation;
        _entry = Node(TrainingEventKind.Join);
        _exit = (_entry, 0);
    }

    private enum Phase
    {
        Enter,
        EnterOptional,
        LeaveOptional,
        Leave,
    }

    /// <summary>The graph of a member.</summary>
    /// <param name="root">The body of the member, as <see cref="SourceIndex.Bodies"/> gives it.</param>
    /// <param name="code">What is known of the compilation.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static TrainingGraph Build(IOperation root, TrainingCode code, CancellationToken cancellation) =>
        new TrainingGraphBuilder(code, cancellation).BuildFrom(root);

    private void Expression(IOperation? root)
    {
        if (root is null)
        {
            return;
        }

        var stack = new Stack<(IOperation Operation, Phase Phase)>();
        var skips = new Stack<TrainingNode?>();
        stack.Push((root, Phase.Enter));
        while (stack.Count > 0)
        {
            var (operation, phase) = stack.Pop();
            switch (phase)
            {
                case Phase.LeaveOptional:
                    Meet(skips.Pop());
                    continue;
                case Phase.Leave:
                    Leave(operation);
                    continue;
                case Phase.EnterOptional:
                    skips.Push(_end);
                    stack.Push((operation, Phase.LeaveOptional));
                    break;
            }

            if (++_spent > MaxOperations)
            {
                Add(TrainingEventKind.Opaque, operation);
                return;
            }

            if (operation is IAnonymousFunctionOperation lambda)
            {
                Passed(lambda);
            }
            else if (operation is not (ILocalFunctionOperation or INameOfOperation or ITypeOfOperation))
            {
                // Receiver and arguments are evaluated before the call itself.
                stack.Push((operation, Phase.Leave));
                var parts = operation.ChildOperations.ToArray();
                for (var i = parts.Length - 1; i >= 0; i--)
                {
                    stack.Push((parts[i], i > 0 && MaySkip(operation) ? Phase.EnterOptional : Phase.Enter));
                }
            }
        }
    }

    // a ? b : c, a ?? b, a?.b, a && b, a switch { ... }: all but the first part.
    private static bool MaySkip(IOperation operation) => operation
        is IConditionalOperation or ICoalesceOperation or ICoalesceAssignmentOperation or IConditionalAccessOperation
        or ISwitchExpressionOperation
        or IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr };

    // Given to a call, which may run it, or does so any number of times: list.ForEach(p => ...). Otherwise it runs where
    // it is invoked.
    private void Passed(IAnonymousFunctionOperation lambda)
    {
        if (lambda.Parent is not IDelegateCreationOperation { Parent: IArgumentOperation { Parent: var call } } || _end is null)
        {
            return;
        }

        var start = Node(TrainingEventKind.Join);
        GoTo(start);
        _end = start;
        Enter(lambda.Symbol, [lambda], ImmutableArray<IArgumentOperation>.Empty, lambda);
        if (call is IInvocationOperation { TargetMethod.Name: "ForEach" or "For" or "ForEachAsync" or "ForAsync" })
        {
            GoTo(start);
        }

        Meet(start);
    }

    private void Leave(IOperation operation)
    {
        switch (operation)
        {
            case IInvocationOperation { TargetMethod.MethodKind: MethodKind.DelegateInvoke } call:
                InvokeDelegate(call);
                break;
            case IInvocationOperation call:
                Call(call, call.TargetMethod, call.IsVirtual, call.Arguments);
                break;
            case IMethodReferenceOperation reference:
                Call(reference, reference.Method, reference.IsVirtual, ImmutableArray<IArgumentOperation>.Empty);
                break;
            case IObjectCreationOperation { Constructor: { } constructor } creation:
                Call(creation, constructor, isVirtual: false, creation.Arguments);
                break;
            case IPropertyReferenceOperation { Property.Name: "grad" } property when _code.Symbols.IsTensor(property.Property.ContainingType):
                Add(TrainingEventKind.Gradient, property);
                break;
            // layer.weight = new Parameter(...)
            case ISimpleAssignmentOperation { Target: IPropertyReferenceOperation property } assignment
                when _code.Symbols.IsModule(property.Property.ContainingType) && _code.Symbols.IsTensor(property.Type):
                Add(TrainingEventKind.Replace, assignment, Resolve(property.Instance));
                break;
            case IDynamicInvocationOperation or IDynamicMemberReferenceOperation or IFunctionPointerInvocationOperation or IInvalidOperation:
                Add(TrainingEventKind.Opaque, operation);
                break;
        }
    }

    private void Call(IOperation operation, IMethodSymbol method, bool isVirtual, ImmutableArray<IArgumentOperation> arguments)
    {
        var isSource = _code.Source.IsSource(method.OriginalDefinition);
        if (_code.Calls.KindOf(operation, method) is { } kind)
        {
            Add(kind, operation, Resolve(TrainingCalls.ReceiverOf(operation)));
            if (kind is not (TrainingEventKind.Create or TrainingEventKind.Forward) || (isSource && kind == TrainingEventKind.Forward))
            {
                return;
            }
        }

        if (!isSource)
        {
            if (_code.Calls.IsUnknown(operation, method, _cancellation))
            {
                Add(TrainingEventKind.Opaque, operation);
            }
        }
        else if (!_code.Calls.OverridesModule(method))
        {
            if (isVirtual || method.IsAbstract || method.IsExtern)
            {
                Add(TrainingEventKind.Opaque, operation);
            }

            Enter(method, _code.Source.Bodies(method, _cancellation), arguments, operation);
        }
    }

    private void Enter(IMethodSymbol method, IEnumerable<IOperation> bodies, ImmutableArray<IArgumentOperation> arguments, IOperation call)
    {
        var definition = method.OriginalDefinition;
        if (_end is null || _idle.Contains(definition))
        {
            return;
        }

        if (_calls == MaxCalls || !_active.Add(definition))
        {
            Add(TrainingEventKind.Opaque, call);
            return;
        }

        var caller = _frame;
        _frame = new TrainingFrame(definition, arguments, caller);
        _calls++;
        var events = _events;
        foreach (var body in bodies)
        {
            Body(body);
        }

        _calls--;
        _frame = caller;
        _active.Remove(definition);
        if (_events == events)
        {
            _idle.Add(definition);
        }
    }

    // The lambdas and methods that the delegate may be, one or the other.
    private void InvokeDelegate(IInvocationOperation call)
    {
        // What is not private is also set by code that is not here.
        var origins = _code.Origins.Of(call.Instance, _cancellation);
        if (origins.IsDefaultOrEmpty
            || _calls == MaxCalls
            || call.Instance.Unwrap().ReferredSymbol() is (IFieldSymbol or IPropertySymbol) and { DeclaredAccessibility: not Accessibility.Private })
        {
            Add(TrainingEventKind.Opaque, call);
            return;
        }

        var start = _end;
        TrainingNode? end = null;
        foreach (var origin in origins)
        {
            _end = start;
            switch (origin is IDelegateCreationOperation creation ? creation.Target : origin)
            {
                case IAnonymousFunctionOperation lambda:
                    Enter(lambda.Symbol, [lambda], call.Arguments, call);
                    break;
                case IMethodReferenceOperation reference:
                    Call(reference, reference.Method, reference.IsVirtual, call.Arguments);
                    break;
                default:
                    Add(TrainingEventKind.Opaque, call);
                    break;
            }

            Meet(end);
            end = _end;
        }
    }

    private ISymbol? Resolve(IOperation? value) => TrainingFrame.Resolve(value, _frame, _code, _cancellation);
}
