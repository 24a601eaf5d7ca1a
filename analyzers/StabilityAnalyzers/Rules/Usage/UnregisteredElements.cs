using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>Finds fields whose layers, or tensor, are made here and only computed with: nothing else can register or train them.</summary>
internal sealed class UnregisteredElements
{
    private const int Budget = 500;

    private readonly TorchSharpSymbols _symbols;
    private readonly ParameterContent _content;
    private readonly CancellationToken _cancellation;
    private readonly SourceIndex _source;
    private int _spent;

    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="content">What holds parameters.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public UnregisteredElements(TorchSharpSymbols symbols, ParameterContent content, CancellationToken cancellation)
    {
        _symbols = symbols;
        _content = content;
        _cancellation = cancellation;
        _source = SourceIndex.Of(symbols.Compilation);
    }

    /// <summary>True for a list, array or dictionary into which layers with parameters are put, and out of which they are only called.</summary>
    public bool AreHeldIn(IFieldSymbol field)
    {
        var values = new List<IOperation>();
        if (!IsCollectionOfModules(field.Type) || !_source.TryGetValues(field, values, _cancellation))
        {
            return false;
        }

        var puts = values.SelectMany(CollectionElements.Of).Any(_content.IsMadeBy);
        var uses = FieldUses.Of(field, _symbols.Compilation, _cancellation);
        if (uses.IsDefault)
        {
            return false;
        }

        foreach (var use in uses)
        {
            switch (use.Outer())
            {
                case ISimpleAssignmentOperation assignment when ReferenceEquals(assignment.Target, use):
                case IPropertyReferenceOperation { Property.Name: "Count" or "Length" }:
                    break;
                case IInvocationOperation { TargetMethod.Name: "Add" or "Insert" or "AddRange" } call when ReferenceEquals(call.Instance, use):
                    puts |= call.Arguments.Any(argument => _content.IsMadeBy(argument.Value) || CollectionElements.Of(argument.Value).Any(_content.IsMadeBy));
                    break;
                case IPropertyReferenceOperation { Property.IsIndexer: true } or IArrayElementReferenceOperation when use.Outer() is { } element:
                    if (element.Outer() is ISimpleAssignmentOperation put && ReferenceEquals(put.Target, element))
                    {
                        puts |= _content.IsMadeBy(put.Value);
                    }
                    else if (!IsOnlyCalled(element))
                    {
                        return false;
                    }

                    break;
                case IForEachLoopOperation loop when loop.LoopControlVariable is IVariableDeclaratorOperation { Symbol: var element } && _symbols.IsModule(element.Type):
                    if (!IsOnlyCalled(element, loop))
                    {
                        return false;
                    }

                    break;
                default:
                    return false;
            }
        }

        return puts;
    }

    /// <summary>True for a static field whose layer is made where it is declared, and is only called.</summary>
    public bool IsHeldStatically(IFieldSymbol field)
    {
        var values = new List<IOperation>();
        return _source.TryGetValues(field, values, _cancellation)
            && values.Count == 1
            && _content.IsMadeBy(values[0])
            && FieldUses.Of(field, _symbols.Compilation, _cancellation) is { IsDefaultOrEmpty: false } uses
            && uses.All(use => IsOnlyCalled(use) || use.Outer() is ISimpleAssignmentOperation);
    }

    /// <summary>True for a tensor field that is made to require a gradient, and is only computed with.</summary>
    public bool IsTrainableTensor(IFieldSymbol field)
    {
        var values = new List<IOperation>();
        return SymbolEqualityComparer.Default.Equals(field.Type, _symbols.Tensor)
            && _source.TryGetValues(field, values, _cancellation)
            && values.Count == 1
            && RequiresGradient(values[0])
            && FieldUses.Of(field, _symbols.Compilation, _cancellation) is { IsDefaultOrEmpty: false } uses
            && uses.All(use => IsOnlyComputedWith(use) || use.Outer() is ISimpleAssignmentOperation);
    }

    private bool IsCollectionOfModules(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => _symbols.IsModule(array.ElementType),
        INamedTypeSymbol { IsGenericType: true, ContainingNamespace: var space } named =>
            space.ToDisplayString() == "System.Collections.Generic" && named.TypeArguments.Any(_symbols.IsModule),
        _ => false,
    };

    // randn(3, requires_grad: true), zeros(3).requires_grad_()
    private bool RequiresGradient(IOperation value) =>
        value.Unwrap() is IInvocationOperation call
        && (SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, _symbols.Torch)
            ? call.Arguments.ArgumentFor("requires_grad") is { ConstantValue: { HasValue: true, Value: true } }
            : TorchSharpSymbols.IsMethod(call.TargetMethod, _symbols.Tensor, "requires_grad_")
                && call.Arguments.All(argument => argument.Value.ConstantValue is { HasValue: true, Value: true }));

    // An operand, the tensor of an operator, or an argument of one: nothing that trains it.
    private bool IsOnlyComputedWith(IOperation use) => use.Outer() switch
    {
        IBinaryOperation => true,
        IInvocationOperation call when ReferenceEquals(call.Instance.Unwrap(), use) => IsOperator(call),
        IArgumentOperation { Parent: IInvocationOperation call } => IsOperator(call),
        _ => false,
    };

    private bool IsOperator(IInvocationOperation call) =>
        SymbolEqualityComparer.Default.Equals(call.TargetMethod.ReturnType, _symbols.Tensor)
        && (call.TargetMethod.ContainingType is { } owner
            && (SymbolEqualityComparer.Default.Equals(owner, _symbols.Functional)
                || ((SymbolEqualityComparer.Default.Equals(owner, _symbols.Tensor) || SymbolEqualityComparer.Default.Equals(owner, _symbols.Torch))
                    && (PureOperatorCatalog.Contains(call.TargetMethod.Name) || call.TargetMethod.Name is "matmul" or "mean" or "sum" or "t" or "mm" or "bmm" or "mv" or "dot" or "einsum"))));

    private bool IsOnlyCalled(ILocalSymbol local, IOperation scope) => scope.Descendants()
        .OfType<ILocalReferenceOperation>()
        .Where(reference => SymbolEqualityComparer.Default.Equals(reference.Local, local))
        .All(IsOnlyCalled);

    private bool IsOnlyCalled(IOperation module)
    {
        if (++_spent > Budget)
        {
            return false;
        }

        return module.Outer() switch
        {
            IInvocationOperation { TargetMethod.Name: "call" or "forward" or "train" or "eval" or "Dispose" } call => ReferenceEquals(call.Instance.Unwrap(), module),

            // var layer = layers[i];
            IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol: var local } } => IsOnlyCalled(local, module.Enclosing().Body),
            _ => false,
        };
    }
}
