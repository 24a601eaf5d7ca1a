namespace StabilityAnalyzers.GradientFlow;

/// <summary>What a node of a <see cref="ModelGraph"/> computes. Immutable, compared by value.</summary>
public abstract record Operation
{
    private protected Operation()
    {
    }

    /// <summary>Name for people and logs: the TorchSharp layer type or the operator.</summary>
    public abstract string Kind { get; }

    /// <summary>True for layers with a weight, at whose output the error signal is defined and judged.</summary>
    public virtual bool IsWeightLayer => false;
}

/// <summary>Data that comes from outside. Without better knowledge it is taken as standardised and independent.</summary>
/// <param name="SecondMoment">E[x^2] over elements.</param>
/// <param name="Mean">E[x] over elements.</param>
public sealed record InputOperation(double SecondMoment = 1, double Mean = 0) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "Input";

    /// <summary>Positions along each dimension of images or volumes; null where they are not known.</summary>
    public EquatableList<long>? Positions { get; init; }
}

/// <summary>Something that is not understood. Everything that depends on it is unknown.</summary>
/// <param name="Reason">Why, in words for a person.</param>
public sealed record UnknownOperation(string Reason) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "Unknown";
}

/// <summary>A layer with a weight whose fan-in, fan-out and initialiser decide what it does to the signal.</summary>
/// <param name="Weight">How the weight is initialised.</param>
/// <param name="Bias">How the bias is initialised; null if there is none.</param>
public abstract record WeightOperation(WeightInitializer Weight, BiasInitializer? Bias) : Operation
{
    /// <inheritdoc/>
    public override bool IsWeightLayer => true;

    /// <summary>Number of weights that add up to one output element.</summary>
    public abstract double EffectiveFanIn { get; }

    /// <summary>
    /// Elements per sample of the output divided by those of the input, as far as channels and strides decide it (padding
    /// at the border is left out).
    /// </summary>
    public abstract double ElementRatio { get; }

    /// <summary>Fans as TorchSharp's <c>CalculateFanInAndFanOut</c> reads them from the weight's shape.</summary>
    public abstract Fans WeightFans { get; }
}

/// <summary>Affine map of the last dimension: y = x W^T + b.</summary>
/// <param name="InFeatures">Width of the input.</param>
/// <param name="OutFeatures">Width of the output.</param>
/// <param name="Weight">How the weight is initialised.</param>
/// <param name="Bias">How the bias is initialised; null if there is none.</param>
public sealed record LinearOperation(long InFeatures, long OutFeatures, WeightInitializer Weight, BiasInitializer? Bias)
    : WeightOperation(Weight, Bias)
{
    /// <inheritdoc/>
    public override string Kind => "Linear";

    /// <inheritdoc/>
    public override double EffectiveFanIn => InFeatures;

    /// <inheritdoc/>
    public override double ElementRatio => (double)OutFeatures / InFeatures;

    /// <inheritdoc/>
    public override Fans WeightFans => new(InFeatures, OutFeatures);
}

/// <summary>Convolution or transposed convolution over one to three spatial dimensions.</summary>
/// <param name="Dimensions">Number of spatial dimensions, 1 to 3.</param>
/// <param name="InChannels">Channels of the input.</param>
/// <param name="OutChannels">Channels of the output.</param>
/// <param name="KernelElements">Number of taps of the kernel: the product of its sizes.</param>
/// <param name="StrideElements">Product of the strides.</param>
/// <param name="Groups">Number of groups.</param>
/// <param name="Transposed">True for <c>ConvTranspose</c>.</param>
/// <param name="Weight">How the weight is initialised.</param>
/// <param name="Bias">How the bias is initialised; null if there is none.</param>
public sealed record ConvolutionOperation(
    int Dimensions,
    long InChannels,
    long OutChannels,
    long KernelElements,
    long StrideElements,
    long Groups,
    bool Transposed,
    WeightInitializer Weight,
    BiasInitializer? Bias)
    : WeightOperation(Weight, Bias)
{
    /// <summary>The sizes dimension by dimension; null if only their products are known.</summary>
    public WindowGeometry? Window { get; init; }

    /// <inheritdoc/>
    public override string Kind => (Transposed ? "ConvTranspose" : "Conv") + Dimensions + "d";

    /// <inheritdoc/>
    public override double EffectiveFanIn => (double)InChannels / Groups * KernelElements / (Transposed ? StrideElements : 1);

    /// <inheritdoc/>
    public override double ElementRatio =>
        (double)OutChannels / InChannels * (Transposed ? StrideElements : 1.0 / StrideElements);

    /// <inheritdoc/>
    public override Fans WeightFans => Transposed
        ? new(OutChannels / (double)Groups * KernelElements, InChannels * (double)KernelElements) { Rows = InChannels }
        : new(InChannels / (double)Groups * KernelElements, OutChannels * (double)KernelElements) { Rows = OutChannels };
}

/// <summary>
/// One time step of a simple recurrent layer: h' = phi(W x + U h + b). Its inputs are x and h, or x alone where h is zero.
/// Its output, and so its error signal, is h'. The same weights come back at every step; the recursion takes them as drawn
/// anew, which for tanh is exact in the limit of wide layers (Chen 2018).
/// </summary>
/// <param name="InputSize">Width of x.</param>
/// <param name="HiddenSize">Width of h.</param>
/// <param name="Activation">The nonlinearity.</param>
/// <param name="InputWeight">How W is initialised.</param>
/// <param name="HiddenWeight">How U is initialised.</param>
/// <param name="Bias">How the sum of both biases is initialised; null if there is none.</param>
public sealed record RecurrentCellOperation(
    long InputSize, long HiddenSize, Activation Activation, WeightInitializer InputWeight, WeightInitializer HiddenWeight, BiasInitializer? Bias)
    : Operation
{
    /// <inheritdoc/>
    public override string Kind => "RNNCell";

    /// <inheritdoc/>
    public override bool IsWeightLayer => true;

    /// <summary>The part of the pre-activation that comes from one of the inputs, as a layer of its own.</summary>
    /// <param name="input">0 for x, 1 for h.</param>
    internal LinearOperation Part(int input) => input == 0
        ? new LinearOperation(InputSize, HiddenSize, InputWeight, Bias)
        : new LinearOperation(HiddenSize, HiddenSize, HiddenWeight, null);
}

/// <summary>Elementwise nonlinearity.</summary>
/// <param name="Activation">Which one, with its parameters.</param>
public sealed record ActivationOperation(Activation Activation) : Operation
{
    /// <inheritdoc/>
    public override string Kind => Activation.Name;
}

/// <summary>Sum of its inputs, each times a constant: residual connections, <c>x + f(x)</c>, <c>x - y</c>.</summary>
/// <param name="Scales">One factor for each input, in their order.</param>
public sealed record AddOperation(EquatableList<double> Scales) : Operation
{
    /// <summary>The plain sum of two inputs.</summary>
    public static AddOperation OfTwo { get; } = new(new EquatableList<double>(1, 1));

    /// <inheritdoc/>
    public override string Kind => "Add";
}

/// <summary>Multiplication by a constant.</summary>
/// <param name="Factor">The constant.</param>
public sealed record ScaleOperation(double Factor) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "Scale";
}

/// <summary>Elementwise product of two inputs: gates.</summary>
public sealed record MultiplyOperation : Operation
{
    /// <inheritdoc/>
    public override string Kind => "Multiply";
}

/// <summary>Over which axes a normalisation takes its mean and variance.</summary>
public enum NormalizationKind
{
    /// <summary>Over the features of one sample.</summary>
    Layer,

    /// <summary>Over the samples of a batch (and positions), for each feature.</summary>
    Batch,

    /// <summary>Over the positions and the features of a group, for each sample.</summary>
    Group,

    /// <summary>Over the positions, for each feature of each sample.</summary>
    Instance,
}

/// <summary>Subtracts the mean and divides by the standard deviation; weight 1 and bias 0, as TorchSharp initialises it.</summary>
/// <param name="Axes">Over which axes.</param>
/// <param name="Name">The TorchSharp layer type, for example <c>LayerNorm</c>.</param>
public sealed record NormalizationOperation(NormalizationKind Axes, string Name) : Operation
{
    /// <inheritdoc/>
    public override string Kind => Name;

    /// <summary>Number of groups that the features are divided into, for <c>GroupNorm</c>.</summary>
    public long Groups { get; init; } = 1;

    /// <summary>What is added to the variance, so that nothing is divided by zero.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Dimensions over which positions are spread, 1 to 3; null if the layer does not say.</summary>
    public int? Dimensions { get; init; }
}

/// <summary>Sets elements to zero with a probability and scales the rest by 1/(1-p), as in training.</summary>
/// <param name="Probability">Probability that an element is dropped, at least 0 and less than 1.</param>
public sealed record DropoutOperation(double Probability) : Operation
{
    /// <inheritdoc/>
    public override string Kind => IsAlpha ? "AlphaDropout" : "Dropout";

    /// <summary>True for dropout that keeps mean and variance of SELU's standardised signal (Klambauer 2017).</summary>
    public bool IsAlpha { get; init; }
}

/// <summary>
/// Averages or picks over windows of positions. The depth factor leaves pooling out; the gradient ratio needs to know the
/// number of positions.
/// </summary>
/// <param name="Name">The TorchSharp layer type, for example <c>MaxPool2d</c>.</param>
/// <param name="IsAverage">True for a mean over the window, false for its maximum.</param>
/// <param name="WindowElements">Positions in a window; null if it is not known (adaptive or global pooling).</param>
/// <param name="StrideElements">Input positions for each output position; null if not known.</param>
public sealed record PoolingOperation(string Name, bool IsAverage, long? WindowElements, long? StrideElements) : Operation
{
    /// <inheritdoc/>
    public override string Kind => Name;

    /// <summary>The sizes dimension by dimension; null if they are not known.</summary>
    public WindowGeometry? Window { get; init; }

    /// <summary>For adaptive pooling the number of positions that are left; null if it is not known or the window decides it.</summary>
    public EquatableList<long>? OutputSizes { get; init; }

    /// <summary>The p of a pooling by (sum of |x|^p)^(1/p), <c>LPPool</c>; null for mean and maximum.</summary>
    public double? NormOrder { get; init; }
}

/// <summary>Moves elements without changing them: reshape, permute, flatten, detach from a scope, identity.</summary>
/// <param name="Name">The operator, for example <c>flatten</c>.</param>
public sealed record ShapeOperation(string Name) : Operation
{
    /// <inheritdoc/>
    public override string Kind => Name;
}
