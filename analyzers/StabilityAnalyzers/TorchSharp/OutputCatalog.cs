using System.Collections.Immutable;

namespace StabilityAnalyzers.Symbols;

/// <summary>What the last operation before a value says of the value.</summary>
internal enum OutputForm
{
    /// <summary>Any number: the result of a layer with weights and a bias.</summary>
    Affine,

    /// <summary>Probabilities that add up to one: softmax.</summary>
    Softmax,

    /// <summary>Logarithms of probabilities that add up to one: log_softmax.</summary>
    LogSoftmax,

    /// <summary>Numbers between zero and one, each by itself: sigmoid.</summary>
    Sigmoid,

    /// <summary>Logarithms of numbers between zero and one: logsigmoid.</summary>
    LogSigmoid,

    /// <summary>No number below zero, and many that are zero: relu.</summary>
    Rectified,
}

/// <summary>The layers and functions of TorchSharp whose output has a form. A test resolves every entry against the assembly.</summary>
internal static class OutputCatalog
{
    /// <summary>The layers, by the name of the class.</summary>
    public static ImmutableDictionary<string, OutputForm> Layers { get; } = new Dictionary<string, OutputForm>
    {
        ["Linear"] = OutputForm.Affine,
        ["Bilinear"] = OutputForm.Affine,
        ["Conv1d"] = OutputForm.Affine,
        ["Conv2d"] = OutputForm.Affine,
        ["Conv3d"] = OutputForm.Affine,
        ["ConvTranspose1d"] = OutputForm.Affine,
        ["ConvTranspose2d"] = OutputForm.Affine,
        ["ConvTranspose3d"] = OutputForm.Affine,
        ["Softmax"] = OutputForm.Softmax,
        ["Softmax2d"] = OutputForm.Softmax,
        ["LogSoftmax"] = OutputForm.LogSoftmax,
        ["Sigmoid"] = OutputForm.Sigmoid,
        ["LogSigmoid"] = OutputForm.LogSigmoid,
        ["ReLU"] = OutputForm.Rectified,
    }.ToImmutableDictionary();

    /// <summary>The functions: methods of a tensor, and static ones of <c>torch</c>, <c>functional</c> and <c>special</c>.</summary>
    public static ImmutableDictionary<string, OutputForm> Functions { get; } = new Dictionary<string, OutputForm>
    {
        ["linear"] = OutputForm.Affine,
        ["softmax"] = OutputForm.Softmax,
        ["softmax2d"] = OutputForm.Softmax,
        ["log_softmax"] = OutputForm.LogSoftmax,
        ["sigmoid"] = OutputForm.Sigmoid,
        ["sigmoid_"] = OutputForm.Sigmoid,
        ["expit"] = OutputForm.Sigmoid,
        ["logsigmoid"] = OutputForm.LogSigmoid,
        ["log_sigmoid"] = OutputForm.LogSigmoid,
        ["relu"] = OutputForm.Rectified,
        ["relu_"] = OutputForm.Rectified,
    }.ToImmutableDictionary();
}
