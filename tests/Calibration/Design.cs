namespace Calibration;

/// <summary>What is trained, the most important first.</summary>
internal static class Design
{
    public static readonly string[] Optimizers = ["SGD", "momentum", "Adam", "AdamW", "RMSprop"];

    private static readonly string[] s_activations = ["relu", "gelu", "tanh", "sigmoid", "silu"];

    // Gradient and signal grow together where an activation is nearly linear for large values; in a chaotic stack of
    // saturating activations only the gradient does.
    private static readonly Setting[] s_exploding =
    [
        new("relu", "gain2", false),
        new("relu", "default", true),
        new("relu", "he", true),
        new("tanh", "gain3", false),
        new("relu", "gain4", false),
        new("tanh", "gain6", false),
    ];

    public static IEnumerable<(Setting Setting, string Optimizer, Regime Regime)> All =>
        Cross(Plain("default", s_activations), Optimizers)
            .Concat(Cross(s_exploding, ["SGD", "momentum", "Adam"]))

            // A limit belongs to the optimizer, and neither to one learning rate nor to one number of steps.
            .Concat(Cross(Plain("default", "relu", "tanh", "sigmoid"), ["SGD", "momentum", "Adam"], new Regime(1, 5000)))
            .Concat(Cross(s_exploding.Take(4), ["SGD", "momentum"], new Regime(0.1, 1000)))
            .Concat(Cross(Plain("default", "relu", "tanh", "sigmoid"), ["SGD", "Adam"], new Regime(0.3, 1000)))
            .Concat(Cross(Plain("default", "relu", "tanh", "sigmoid"), ["SGD", "Adam"], new Regime(3, 1000)))
            .Concat(Cross(s_exploding.Take(4), ["SGD"], new Regime(0.01, 1000)))

            .Concat(Cross([new("gelu", "gain2", false), new("sigmoid", "gain12", false)], ["SGD", "Adam"]))
            .Concat(Cross(Plain("xavier", "relu", "gelu", "sigmoid", "silu"), ["SGD", "Adam"]))
            .Concat(Cross([new("sigmoid", "he", false), new("gelu", "he", false), new("tanh", "he", false)], ["SGD", "Adam"]))
            .Concat(Cross(s_exploding, ["AdamW", "RMSprop"]))
            .Concat(Cross(Plain("xavier", "relu", "gelu", "sigmoid", "silu"), ["momentum", "AdamW", "RMSprop"]))
            .Concat(Cross(Plain("default", "relu", "tanh", "sigmoid"), ["RMSprop"], new Regime(1, 5000)));

    private static IEnumerable<Setting> Plain(string initializer, params string[] activations) =>
        activations.Select(activation => new Setting(activation, initializer, false));

    private static IEnumerable<(Setting Setting, string Optimizer, Regime Regime)> Cross(
        IEnumerable<Setting> settings, string[] optimizers, Regime? regime = null) =>
        settings.SelectMany(setting => optimizers.Select(optimizer => (setting, optimizer, regime ?? Regime.Usual)));
}
