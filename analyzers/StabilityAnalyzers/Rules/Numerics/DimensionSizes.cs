using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>Knows of a few tensors that a dimension has one element.</summary>
internal sealed class DimensionSizes
{
    private const int Budget = 64;

    private readonly TorchSharpSymbols _symbols;
    private readonly ModuleOrigins _modules;
    private readonly Lazy<bool> _isMade;

    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="modules">Where modules are made.</param>
    public DimensionSizes(TorchSharpSymbols symbols, ModuleOrigins modules)
    {
        _symbols = symbols;
        _modules = modules;
        _isMade = new Lazy<bool>(() => symbols.Compilation.SyntaxTrees.Select(tree => TreeIndex.Of(tree, CancellationToken.None))
            .Any(index => index.Calls("Softmax").Count > 0 || index.Calls("LogSoftmax").Count > 0));
    }

    /// <summary>
    /// True for a softmax or log_softmax over the last dimension of what a <c>Linear</c> with one output gives; also over
    /// dimension 1, where the tensor is known to have two. In a <c>Sequential</c> it is the creation of the softmax.
    /// </summary>
    public bool IsSoftmaxOfOne(IInvocationOperation call, CancellationToken cancellation)
    {
        // x.softmax(-1)
        if (_symbols.AsTensorFunction(call, "softmax", "log_softmax") is not null)
        {
            return IsOne(TensorFunctions.TensorArgument(call), DimensionOf(call), cancellation);
        }

        // softmax.call(x), where softmax is Softmax(-1); to look where every module comes from costs too much for less
        if (_isMade.Value
            && call is { TargetMethod.Name: "call" or "forward", Instance: { } module, Arguments: [{ Value: var input }] }
            && _symbols.IsModule(module.Type)
            && _modules.Of(module, cancellation) is [IInvocationOperation maker]
            && IsSoftmax(maker))
        {
            return IsOne(input, DimensionOf(maker), cancellation);
        }

        // Sequential(Linear(8, 1), Softmax(-1))
        return IsSoftmax(call) && IsOneInSequential(call, cancellation);
    }

    private bool IsSoftmax(IOperation creation) => _symbols.LayerOf(creation.Type) is { Name: "Softmax" or "LogSoftmax" };

    private bool IsOne(IOperation? tensor, long? dimension, CancellationToken cancellation) =>
        dimension is -1 or 1
        && Follow(tensor, cancellation) is IInvocationOperation { TargetMethod.Name: "call" or "forward", Instance: { } module, Arguments: [{ Value: var input }] }
        && _symbols.IsModule(module.Type)
        && _modules.Of(module, cancellation) is [var maker]
        && HasOneOutput(maker)
        && (dimension == -1 || HasTwoDimensions(input, cancellation));

    private bool IsOneInSequential(IInvocationOperation softmax, CancellationToken cancellation)
    {
        var elements = ElementsAround(softmax);
        var at = elements.FindIndex(element => ReferenceEquals(element, softmax));
        if (at < 1 || !Makers(elements[at - 1], cancellation).All(HasOneOutput))
        {
            return false;
        }

        if (DimensionOf(softmax) == -1)
        {
            return true;
        }

        for (var i = at - 1; i >= 0 && DimensionOf(softmax) == 1; i--)
        {
            var makers = Makers(elements[i], cancellation);
            if (makers.All(maker => maker is IInvocationOperation { TargetMethod.Name: "Flatten" } flatten
                && flatten.Arguments.All(argument => argument.ArgumentKind == ArgumentKind.DefaultValue)))
            {
                return true;
            }

            if (!makers.All(maker => KeepsRank(_symbols.LayerOf(maker.Type))))
            {
                return false;
            }
        }

        return false;
    }

    // A module that is not known is one operation of no kind.
    private ImmutableArray<IOperation> Makers(IOperation module, CancellationToken cancellation) =>
        _modules.Of(module, cancellation) is { IsEmpty: false } makers ? makers : ImmutableArray.Create(module);

    private static List<IOperation> ElementsAround(IOperation element)
    {
        var current = element;
        while (current.Parent is IConversionOperation or ITupleOperation)
        {
            current = current.Parent;
        }

        return current.Parent is IArrayInitializerOperation { Parent: IArrayCreationOperation { Parent: IArgumentOperation { Parent: IInvocationOperation { TargetMethod.Name: "Sequential" } } } } list
            ? [.. list.ElementValues.Select(value => value.Unwrap() is ITupleOperation { Elements: [_, var module] } ? module.Unwrap()! : value.Unwrap()!)]
            : [];
    }

    private bool HasOneOutput(IOperation maker) =>
        _symbols.LayerOf(maker.Type) is { Name: "Linear" }
        && maker is IInvocationOperation { Arguments: var arguments }
        && arguments.ArgumentFor("outputSize").Unwrap() is { ConstantValue: { HasValue: true, Value: 1 or 1L } };

    private bool HasTwoDimensions(IOperation? tensor, CancellationToken cancellation)
    {
        for (var spent = 0; spent < Budget; spent++)
        {
            cancellation.ThrowIfCancellationRequested();
            switch (Follow(tensor, cancellation))
            {
                case IInvocationOperation { TargetMethod.Name: "flatten" } flatten when _symbols.IsTensorFunction(flatten.TargetMethod):
                    return flatten.Arguments.ArgumentFor("start_dim").Unwrap() is { ConstantValue: { HasValue: true, Value: 1 or 1L } }
                        && flatten.Arguments.ArgumentFor("end_dim") is null;
                case IInvocationOperation { TargetMethod.Name: "view" or "reshape" } view when _symbols.IsTensorFunction(view.TargetMethod):
                    return view.Arguments.LastOrDefault()?.Value.Unwrap() is IArrayCreationOperation { Initializer.ElementValues.Length: 2 };
                case IInvocationOperation call when _symbols.IsTensorFunction(call.TargetMethod)
                    && (ActivationCatalog.ByFunction.ContainsKey(call.TargetMethod.Name) || call.TargetMethod.Name == "dropout"):
                    tensor = TensorFunctions.TensorArgument(call);
                    break;
                case IInvocationOperation { TargetMethod.Name: "call" or "forward", Instance: { } module, Arguments: [{ Value: var input }] }
                    when _symbols.IsModule(module.Type)
                        && _modules.Of(module, cancellation) is { IsEmpty: false } makers
                        && makers.All(maker => KeepsRank(_symbols.LayerOf(maker.Type))):
                    tensor = input;
                    break;
                default:
                    return false;
            }
        }

        return false;
    }

    private static bool KeepsRank(LayerEntry? layer) =>
        layer is { Family: LayerFamily.Activation or LayerFamily.Dropout or LayerFamily.Identity } or { Name: "Linear" or "LayerNorm" or "BatchNorm1d" };

    // Through variables only: what moves elements may change the size of a dimension.
    private static IOperation? Follow(IOperation? tensor, CancellationToken cancellation)
    {
        for (var spent = 0; spent < Budget; spent++)
        {
            cancellation.ThrowIfCancellationRequested();
            tensor = tensor.Unwrap();
            if (tensor is not (ILocalReferenceOperation or IParameterReferenceOperation) || ReachingValue.Of(tensor) is not { } value || ReferenceEquals(value, tensor))
            {
                break;
            }

            tensor = value;
        }

        return tensor;
    }

    private static long? DimensionOf(IInvocationOperation call) =>
        call.Arguments.ArgumentFor("dim").Unwrap() is { ConstantValue: { HasValue: true, Value: var value } } ? value switch
        {
            int number => number,
            long number => number,
            _ => null,
        } : null;
}
