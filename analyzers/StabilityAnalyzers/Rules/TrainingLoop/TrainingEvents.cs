using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>
/// Lists what a region of code does to the gradient, in the order in which it is written, with the user's own methods,
/// local functions and lambdas put in place of the calls. What cannot be followed leaves an opaque event.
/// </summary>
internal sealed class TrainingEvents
{
    private const int MaxDepth = 5;
    private const int MaxOperations = 20_000;

    private readonly TorchSharpSymbols _symbols;
    private readonly SourceIndex _source;
    private readonly CancellationToken _cancellation;
    private readonly List<TrainingEvent> _events = [];
    private readonly HashSet<ISymbol> _active = new(SymbolEqualityComparer.Default);
    private SyntaxNode? _anchor;
    private int _spent;

    private TrainingEvents(TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        _symbols = symbols;
        _source = SourceIndex.Of(symbols.Compilation);
        _cancellation = cancellation;
    }

    /// <summary>The events of a region.</summary>
    /// <param name="region">A loop, or the body of a member, lambda or local function.</param>
    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static IReadOnlyList<TrainingEvent> Of(IOperation region, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        var events = new TrainingEvents(symbols, cancellation);
        events.Walk(region, 0);
        return events._events;
    }

    /// <summary>True for the call of an optimizer's <c>step</c>, whichever class overrides it.</summary>
    public static bool IsStep(IMethodSymbol method, TorchSharpSymbols symbols) =>
        TorchSharpSymbols.IsMethod(method, symbols.Optimizer, "step")
        || (method.Name == "Step" && IsOfRecorder(method.ContainingAssembly));

    // The depth of this recursion is that of calls, and is limited; within a body an explicit stack is used.
    private void Walk(IOperation root, int depth)
    {
        _cancellation.ThrowIfCancellationRequested();
        var stack = new Stack<(IOperation Operation, bool Leave)>();
        stack.Push((root, false));
        while (stack.Count > 0)
        {
            var (operation, leave) = stack.Pop();
            if (leave)
            {
                _anchor = depth == 0 ? operation.Syntax : _anchor;
                Leave(operation, depth);
                continue;
            }

            if (++_spent > MaxOperations)
            {
                Add(TrainingEventKind.Opaque, operation);
                return;
            }

            if (!ReferenceEquals(operation, root) && !RunsInPlace(operation))
            {
                continue;
            }

            // Receiver and arguments are evaluated before the call itself.
            stack.Push((operation, true));
            foreach (var child in operation.ChildOperations.Reverse())
            {
                stack.Push((child, false));
            }
        }
    }

    private static bool RunsInPlace(IOperation operation) => operation switch
    {
        ILocalFunctionOperation => false,
        // Given to a call, which is taken to run it: list.ForEach(p => ...). Otherwise it runs where it is invoked.
        IAnonymousFunctionOperation => operation.Parent is IDelegateCreationOperation { Parent: IArgumentOperation },
        INameOfOperation or ITypeOfOperation => false,
        _ => true,
    };

    private void Leave(IOperation operation, int depth)
    {
        switch (operation)
        {
            case IInvocationOperation { TargetMethod.MethodKind: MethodKind.DelegateInvoke } call:
                InvokeDelegate(call, depth);
                break;
            case IInvocationOperation call:
                Call(call, call.TargetMethod, call.IsVirtual, depth);
                break;
            case IMethodReferenceOperation reference:
                Call(reference, reference.Method, reference.IsVirtual, depth);
                break;
            case IObjectCreationOperation { Constructor: { } constructor } creation:
                Call(creation, constructor, isVirtual: false, depth);
                break;
            case IPropertyReferenceOperation { Property.Name: "grad" } property when _symbols.IsTensor(property.Property.ContainingType):
                Add(TrainingEventKind.Clip, property);
                break;
            case IUsingOperation block when block.Resources.DescendantsAndSelf().Any(IsOwnDisposable):
            case IBlockOperation { Operations: var statements } when statements.OfType<IUsingDeclarationOperation>()
                .Any(declaration => declaration.DescendantsAndSelf().Any(IsOwnDisposable)):
            case IDynamicInvocationOperation or IDynamicMemberReferenceOperation or IFunctionPointerInvocationOperation or IInvalidOperation:
                Add(TrainingEventKind.Opaque, operation);
                break;
        }
    }

    private void Call(IOperation operation, IMethodSymbol method, bool isVirtual, int depth)
    {
        if (IsBackward(method))
        {
            Add(TrainingEventKind.Backward, operation);
        }
        else if (IsStep(method, _symbols))
        {
            Add(TrainingEventKind.Step, operation);
        }
        else if (IsClip(method))
        {
            Add(TrainingEventKind.Clip, operation);
        }
        else if (_source.IsSource(method.OriginalDefinition))
        {
            CallSource(operation, method, isVirtual, depth);
        }
        else if (!IsWellKnown(method.ContainingAssembly) || TakesUnseenDelegate(operation))
        {
            Add(TrainingEventKind.Opaque, operation);
        }
    }

    private void CallSource(IOperation operation, IMethodSymbol method, bool isVirtual, int depth)
    {
        if (OverridesModule(method))
        {
            return;
        }

        if (isVirtual || method.IsAbstract || method.IsExtern)
        {
            Add(TrainingEventKind.Opaque, operation);
        }

        if (depth == MaxDepth || !_active.Add(method.OriginalDefinition))
        {
            Add(TrainingEventKind.Opaque, operation);
            return;
        }

        foreach (var body in _source.Bodies(method, _cancellation))
        {
            Walk(body, depth + 1);
        }

        _active.Remove(method.OriginalDefinition);
    }

    private void InvokeDelegate(IInvocationOperation call, int depth)
    {
        var values = new List<IOperation>();
        if (call.Instance.Unwrap() is ILocalReferenceOperation { Local: var local }
            && depth < MaxDepth
            && _source.TryGetValues(local, values, _cancellation)
            && values.Count == 1
            && LambdaOf(values[0]) is { } lambda
            && _active.Add(lambda.Symbol))
        {
            Walk(lambda, depth + 1);
            _active.Remove(lambda.Symbol);
            return;
        }

        Add(TrainingEventKind.Opaque, call);
    }

    private static IAnonymousFunctionOperation? LambdaOf(IOperation value) =>
        (value.Unwrap() is IDelegateCreationOperation creation ? creation.Target : value.Unwrap()) as IAnonymousFunctionOperation;

    private void Add(TrainingEventKind kind, IOperation operation) =>
        _events.Add(new TrainingEvent(kind, operation, _anchor ?? operation.Syntax));

    private bool IsBackward(IMethodSymbol method) =>
        TorchSharpSymbols.IsMethod(method, _symbols.Tensor, "backward")
        || TorchSharpSymbols.IsMethod(method, _symbols.Autograd, "backward");

    private bool IsClip(IMethodSymbol method) =>
        ClippingCatalog.Names.Any(name => TorchSharpSymbols.IsMethod(method, _symbols.NNUtils, name))
        // Older versions of TorchSharp have a method where later ones have a property.
        || TorchSharpSymbols.IsMethod(method, _symbols.Tensor, "grad");

    // forward and the like: what a model computes is not what is done to its gradient afterwards.
    private bool OverridesModule(IMethodSymbol method)
    {
        for (var m = method.OverriddenMethod; m is not null; m = m.OverriddenMethod)
        {
            if (!_source.IsSource(m.OriginalDefinition))
            {
                return _symbols.IsModule(m.ContainingType);
            }
        }

        return false;
    }

    // Its Dispose, which no call shows, may do anything.
    private bool IsOwnDisposable(IOperation operation) =>
        operation is IObjectCreationOperation or IInvocationOperation
        && operation.Type is { TypeKind: not TypeKind.Interface } type
        && !IsWellKnown(type.ContainingAssembly)
        && type.AllInterfaces.Any(i => i.SpecialType == SpecialType.System_IDisposable)
        && !_symbols.IsModule(type)
        && !_symbols.IsTensor(type);

    private static bool TakesUnseenDelegate(IOperation operation) =>
        operation is IInvocationOperation call && call.Arguments.Any(argument =>
            argument.Value.Type?.TypeKind == TypeKind.Delegate
            && argument.ArgumentKind == ArgumentKind.Explicit
            && argument.Value.Unwrap() is not (IDelegateCreationOperation or ILiteralOperation or IDefaultValueOperation));

    private bool IsWellKnown(IAssemblySymbol? assembly) =>
        assembly is null
        || SymbolEqualityComparer.Default.Equals(assembly, _symbols.Module.ContainingAssembly)
        || assembly.Name.StartsWith("System", StringComparison.Ordinal)
        || assembly.Name.StartsWith("Microsoft.", StringComparison.Ordinal)
        || assembly.Name is "mscorlib" or "netstandard"
        || IsOfRecorder(assembly);

    // The recorder of the runtime package reads gradients and never changes one; its Step ends in the optimizer's.
    private static bool IsOfRecorder(IAssemblySymbol? assembly) => assembly?.Name == "StabilityAnalyzers.Runtime";
}
