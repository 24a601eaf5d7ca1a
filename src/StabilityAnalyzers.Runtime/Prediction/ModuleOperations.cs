using StabilityAnalyzers.GradientFlow;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>What a live module of TorchSharp computes, as an operation of a <see cref="ModelGraph"/>.</summary>
internal static class ModuleOperations
{
    /// <summary>The operation of a module without children.</summary>
    /// <param name="module">The module, in the mode in which it is trained.</param>
    /// <returns>Its operation; an <see cref="UnknownOperation"/> for what is not modelled.</returns>
    public static Operation Of(nn.Module module) => module switch
    {
        Linear linear when linear.weight is { } weight =>
            new LinearOperation(linear.in_features, linear.out_features, WeightMoments.Of(weight), WeightMoments.OfBias(linear.bias)),
        Convolution convolution when convolution.weight is { } weight => OfConvolution(convolution, weight),
        Bilinear bilinear when bilinear.weight is { } weight =>
            new BilinearOperation(bilinear.in1_features, bilinear.in2_features, bilinear.out_features, WeightMoments.Of(weight), WeightMoments.OfBias(bilinear.bias)),
        Embedding embedding when embedding.weight is { } weight => new EmbeddingOperation(weight.shape[1], WeightMoments.Of(weight)) { Count = weight.shape[0] },
        _ when RecurrentModules.HasState(module) => RecurrentModules.Of(module, output: null),
        MultiheadAttention => new UnknownOperation("MultiheadAttention does not say how many heads and which dropout it has"),
        TransformerEncoderLayer or TransformerDecoderLayer or TransformerEncoder or TransformerDecoder or Transformer =>
            new UnknownOperation($"{ModuleTree.KindOf(module)} does not say which heads, dropout and nonlinearity it has"),
        BatchNorm norm => OfNormalization(NormalizationKind.Batch, norm, norm.weight, norm.bias, usable: norm.training),
        LayerNorm norm => OfNormalization(NormalizationKind.Layer, norm, norm.weight, norm.bias, usable: true),
        GroupNorm norm => OfNormalization(NormalizationKind.Group, norm, norm.weight, norm.bias, usable: true) is NormalizationOperation group
            ? group with { Groups = norm.num_groups }
            : new UnknownOperation("GroupNorm with a weight other than 1 or a bias other than 0 is not modelled"),
        InstanceNorm norm => OfNormalization(NormalizationKind.Instance, norm, norm.weight, norm.bias, usable: true),
        GLU { dim: 1 or -1 } => new GatedLinearUnitOperation(),
        AlphaDropout dropout => OfDropout(dropout.p, dropout) is DropoutOperation alpha ? alpha with { IsAlpha = true } : OfDropout(dropout.p, dropout),
        Dropout dropout => OfDropout(dropout.p, dropout),
        Dropout1d dropout => OfDropout(dropout.p, dropout),
        Dropout2d dropout => OfDropout(dropout.p, dropout),
        Dropout3d dropout => OfDropout(dropout.p, dropout),
        MaxPool1d pool => OfPooling(pool, false, [pool.kernel_size], pool.stride is { } stride ? [stride] : null),
        MaxPool2d pool => OfPooling(pool, false, pool.kernel_size, pool.stride),
        MaxPool3d pool => OfPooling(pool, false, pool.kernel_size, pool.stride),
        AvgPool1d pool => OfPooling(pool, true, [pool.kernel_size], pool.stride is { } stride ? [stride] : null),
        AvgPool2d pool => OfPooling(pool, true, pool.kernel_size, pool.stride),
        AvgPool3d pool => OfPooling(pool, true, pool.kernel_size, pool.stride),
        LPPool1d pool => OfPooling(pool, false, [pool.kernel_size], pool.stride is { } stride ? [stride] : null) with { NormOrder = pool.norm_type },
        LPPool2d pool => OfPooling(pool, false, pool.kernel_size, pool.stride) with { NormOrder = pool.norm_type },
        AdaptiveAvgPool1d pool => OfAdaptive(pool, true, [pool.output_size]),
        AdaptiveAvgPool2d pool => OfAdaptive(pool, true, pool.output_size),
        AdaptiveAvgPool3d pool => OfAdaptive(pool, true, pool.output_size),
        AdaptiveMaxPool1d pool => OfAdaptive(pool, false, [pool.output_size]),
        AdaptiveMaxPool2d pool => OfAdaptive(pool, false, pool.output_size),
        AdaptiveMaxPool3d pool => OfAdaptive(pool, false, pool.output_size),
        Hardtanh { inplace: false } => new ShapeOperation(ModuleTree.KindOf(module)),
        Identity or Flatten or Unflatten or PixelShuffle or PixelUnshuffle or ChannelShuffle => new ShapeOperation(ModuleTree.KindOf(module)),
        _ => ActivationOf(module) is { } activation
            ? new ActivationOperation(activation)
            : new UnknownOperation($"{ModuleTree.KindOf(module)} is not modelled"),
    };

    /// <summary>The activation that a module computes; null if it is none, or none that works element by element.</summary>
    public static Activation? ActivationOf(nn.Module module) => module switch
    {
        ReLU => Activations.ReLU,
        ReLU6 => Activations.ReLU6,
        Sigmoid => Activations.Sigmoid,
        Tanh => Activations.Tanh,
        LogSigmoid => Activations.LogSigmoid,
        SELU => Activations.SELU,
        GELU => Activations.GELU,
        SiLU => Activations.SiLU,
        Mish => Activations.Mish,
        Hardswish => Activations.Hardswish,
        Hardsigmoid => Activations.Hardsigmoid,
        Softsign => Activations.Softsign,
        Tanhshrink => Activations.Tanhshrink,
        LeakyReLU leaky => Activations.LeakyReLU(leaky.negative_slope),
        PReLU { weight: { } weight } when TensorMeasurement.Measure(weight) is { IsFinite: true, Std: 0 } slope => Activations.PReLU(slope.Mean),
        RReLU randomized when randomized.training => Activations.RReLU(randomized.lower, randomized.upper),
        ELU elu => Activations.ELU(elu.alpha),
        CELU celu => Activations.CELU(celu.alpha),
        Softplus softplus => Activations.Softplus(softplus.beta),

        // TorchSharp 0.107 returns the argument unchanged where it is not to work in place.
        Hardtanh { inplace: true } limit => Activations.Hardtanh(limit.min_val, limit.max_val),
        Hardshrink shrink => Activations.Hardshrink(shrink.lambda),
        Softshrink shrink => Activations.Softshrink(shrink.lambda),
        Threshold threshold => Activations.Threshold(threshold.threshold, threshold.value),
        _ => null,
    };

    private static ConvolutionOperation OfConvolution(Convolution convolution, Parameter weight) => new(
        convolution.kernel_size.Length,
        convolution.in_channels,
        convolution.out_channels,
        Product(convolution.kernel_size),
        Product(convolution.stride),
        convolution.groups,
        convolution.transposed,
        WeightMoments.Of(weight),
        WeightMoments.OfBias(convolution.bias))
    {
        Window = convolution.padding is { } padding
            ? new WindowGeometry(new(convolution.kernel_size), new(convolution.stride), new(padding), new(convolution.dilation))
            {
                OutputPadding = convolution.transposed ? new(convolution.output_padding) : null,
                PadsZeros = convolution.padding_mode == TorchSharp.PaddingModes.Zeros,
            }
            : null,
    };

    private static Operation OfNormalization(NormalizationKind axes, nn.Module module, Parameter? weight, Parameter? bias, bool usable)
    {
        string kind = ModuleTree.KindOf(module);
        if (!usable)
        {
            return new UnknownOperation($"{kind} in evaluation mode is not modelled");
        }

        return WeightMoments.AreAll(weight, 1) && WeightMoments.AreAll(bias, 0)
            ? new NormalizationOperation(axes, kind)
            : new UnknownOperation($"{kind} with a weight other than 1 or a bias other than 0 is not modelled");
    }

    private static Operation OfDropout(double probability, nn.Module module) => (module.training, probability) switch
    {
        (false, _) => new ShapeOperation("Identity"),
        (true, < 1) => new DropoutOperation(probability),
        _ => new UnknownOperation("a Dropout that drops everything"),
    };

    private static PoolingOperation OfAdaptive(nn.Module module, bool isAverage, long[] sizes) =>
        new(ModuleTree.KindOf(module), isAverage, null, null) { OutputSizes = new(Expand(sizes, ModuleTree.KindOf(module)[^2] - '0')) };

    private static PoolingOperation OfPooling(nn.Module module, bool isAverage, long[] kernel, long[]? stride)
    {
        // One number stands for every dimension, and no stride is that of the kernel.
        int dimensions = ModuleTree.KindOf(module)[^2] - '0';
        long window = Product(Expand(kernel, dimensions));
        return new PoolingOperation(
            ModuleTree.KindOf(module), isAverage, window, stride is null or { Length: 0 } ? window : Product(Expand(stride, dimensions)));
    }

    private static long[] Expand(long[] sizes, int dimensions) =>
        sizes.Length == 1 ? Enumerable.Repeat(sizes[0], dimensions).ToArray() : sizes;

    private static long Product(long[] factors) => factors.Aggregate(1L, (product, factor) => product * factor);
}
