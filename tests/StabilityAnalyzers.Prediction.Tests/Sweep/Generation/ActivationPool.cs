namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>The activations of TorchSharp, with the ways to write them.</summary>
internal static class ActivationPool
{
    // Not Hardtanh: in 0.107 it returns its input unchanged, and as a link of a Sequential it is disposed with it.
    private static readonly (double Weight, ModuleStep Step)[] s_pool =
    [
        (5, Of("relu", "ReLU", "()", "@f.relu({0})", "{0}.relu()")),
        (1, Of("relu", "ReLU", "(inplace: true)", "{0}.relu_()")),
        (3, Of("tanh", "Tanh", "()", "@f.tanh({0})", "{0}.tanh()", "@torch.tanh({0})")),
        (2, Of("sigmoid", "Sigmoid", "()", "@f.sigmoid({0})", "{0}.sigmoid()", "@torch.sigmoid({0})")),
        (3, Of("gelu", "GELU", "()", "@f.gelu({0})", "{0}.gelu()")),
        (2, Of("silu", "SiLU", "()", "@f.silu({0})", "{0}.silu()")),
        (2, Of("leaky", "LeakyReLU", "(0.2)", "@f.leaky_relu({0}, 0.2)", "{0}.leaky_relu(0.2)")),
        (1, Of("leaky", "LeakyReLU", "()", "@f.leaky_relu({0}, 0.01)")),
        (2, Of("elu", "ELU", "()", "@f.elu({0}, 1.0)", "{0}.elu()")),
        (1, Of("selu", "SELU", "()", "@f.selu({0})", "{0}.selu()")),
        (1, Of("celu", "CELU", "(1.5)", "@f.celu({0}, 1.5)")),
        (1, Of("mish", "Mish", "()", "@f.mish({0})")),
        (1, Of("softplus", "Softplus", "()")),
        (1, Of("softsign", "Softsign", "()", "@f.softsign({0})")),
        (1, Of("hardswish", "Hardswish", "()", "@f.hardswish({0})")),
        (0.5, Of("hardsigmoid", "Hardsigmoid", "()", "@f.hardsigmoid({0})")),
        (1, Of("relu6", "ReLU6", "()", "@f.relu6({0})")),
        (0.5, Of("shrink", "Tanhshrink", "()")),
        (0.5, Of("shrink", "Hardshrink", "(0.3)")),
        (0.5, Of("shrink", "Softshrink", "(0.3)")),
        (0.5, Of("logsigmoid", "LogSigmoid", "()")),
        (0.5, Of("rrelu", "RReLU", "()")),
        (0.5, Of("threshold", "Threshold", "(0.1, 0.0)")),
        (1, new ModuleStep("prelu", "PReLU", "@nn.PReLU(1)")),
    ];

    /// <summary>A random activation.</summary>
    public static ModuleStep Random(Choice choice) => choice.Weighted(s_pool);

    /// <summary>A common one.</summary>
    public static ModuleStep Common(Choice choice) => choice.Of(s_pool[..7]).Step;

    private static ModuleStep Of(string name, string type, string arguments, params string[] functions) =>
        new(name, type, $"@nn.{type}{arguments}") { Functions = functions };
}
