using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>Tells which calls and assignments give a model other parameters for certain.</summary>
internal static class ParameterReplacement
{
    /// <summary>The variable that holds the model: for <c>model.head.weight = ...</c> the model.</summary>
    public static ISymbol? ModelOf(TrainingNode node, TrainingCode code, CancellationToken cancellation)
    {
        if (node.Operation is not ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Instance: var instance } })
        {
            return node.Subject;
        }

        while (instance.Unwrap() is IMemberReferenceOperation { Instance: { } outer and not IInstanceReferenceOperation })
        {
            instance = outer;
        }

        return code.SubjectOf(instance, cancellation);
    }

    /// <summary>True for another data type, a device other than the CPU, and the assignment of a parameter.</summary>
    public static bool IsCertain(TrainingNode node, TrainingCode code, CancellationToken cancellation) => node.Operation switch
    {
        // Assigned to a property of a layer of TorchSharp; one of the user's own may do anything.
        ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property: { Name: "weight" or "bias", ContainingType: var type } } } =>
            code.Symbols.LayerOf(type) is not null,
        IInvocationOperation call => Changes(call, code, cancellation)
            && TrainingCalls.ReceiverOf(call) is { } model
            && !MayBeMadeThere(model, code, cancellation)
            && new LayerContent(code.Symbols, code.Origins, IsReplaced, cancellation).Of(model) is not null,
        _ => false,
    };

    // Layers that TorchSharp 0.107 moves by replacing their parameters; the others are moved in place.
    private static bool IsReplaced(LayerEntry layer) =>
        layer.Family is LayerFamily.Linear or LayerFamily.Convolution or LayerFamily.TransposedConvolution
        || layer.Name.StartsWith("BatchNorm", StringComparison.Ordinal)
        || layer.Name is "LayerNorm" or "GroupNorm";

    // new Net(device), or a class that speaks of devices or data types, which it may give to its layers; by name, and too
    // often rather than too seldom.
    private static bool MayBeMadeThere(IOperation model, TrainingCode code, CancellationToken cancellation)
    {
        static bool Speaks(SyntaxNode? node) => node is not null && node.DescendantTokens().Any(token =>
            token.ValueText is var text && (text.IndexOf("device", StringComparison.OrdinalIgnoreCase) >= 0
                || text.IndexOf("type", StringComparison.OrdinalIgnoreCase) >= 0 || text.StartsWith("float", StringComparison.Ordinal)));
        return code.Origins.Of(model, cancellation) is not { IsDefaultOrEmpty: false } made
            || made.Any(creation => Speaks(creation.Syntax)
                || creation.Type is null
                || creation.Type.DeclaringSyntaxReferences.Any(reference => Speaks(reference.GetSyntax(cancellation))))
            || code.Symbols.Compilation.SyntaxTrees.Any(tree => TreeIndex.Of(tree, cancellation) is var calls
                && (calls.Calls("set_default_dtype").Count > 0 || calls.Calls("set_default_device").Count > 0));
    }

    private static bool Changes(IInvocationOperation call, TrainingCode code, CancellationToken cancellation) => call.TargetMethod.Name switch
    {
        "cuda" or "half" or "bfloat16" or "double" => true,
        "to" => call.Arguments.Any(argument => argument.Value.Unwrap() is { } value && argument.Parameter?.Name switch
        {
            "type" => NameOf(value) is "float64" or "Float64" or "float16" or "Float16" or "bfloat16" or "BFloat16",
            "device" or "deviceType" => MayBeOther(value, code, cancellation),
            _ => false,
        }),
        _ => false,
    };

    // device, where it is assigned cuda.is_available() ? CUDA : CPU
    private static bool MayBeOther(IOperation device, TrainingCode code, CancellationToken cancellation)
    {
        var work = new Stack<IOperation?>();
        work.Push(device);
        for (var spent = 0; work.Count > 0 && spent < 32; spent++)
        {
            var value = work.Pop().Unwrap();
            var values = new List<IOperation>();
            if (value is IConditionalOperation choice)
            {
                work.Push(choice.WhenTrue);
                work.Push(choice.WhenFalse);
            }
            else if (value is not null && IsOther(value))
            {
                return true;
            }
            else if (value.ReferredSymbol() is { } symbol && code.Source.TryGetValues(symbol, values, cancellation))
            {
                values.ForEach(work.Push);
            }
        }

        return false;
    }

    // CUDA, torch.device("cuda:0"), DeviceType.CUDA, "cuda"
    private static bool IsOther(IOperation device) =>
        NameOf(device) is "CUDA" or "MPS"
        || device is { ConstantValue: { HasValue: true, Value: string name } } && IsOther(name)
        || device is IInvocationOperation { Arguments: [{ Value.ConstantValue: { HasValue: true, Value: string text } }, ..] } && IsOther(text);

    private static bool IsOther(string device) =>
        device.StartsWith("cuda", StringComparison.OrdinalIgnoreCase) || device.StartsWith("mps", StringComparison.OrdinalIgnoreCase);

    private static string? NameOf(IOperation value) => (value as IMemberReferenceOperation)?.Member.Name;
}
