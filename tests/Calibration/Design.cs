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

            // A limit belongs to the optimizer, and neither to one learning rate, one number of steps nor one batch size.
            .Concat(Cross(Plain("default", "sigmoid", "tanh"), ["Adam", "momentum"], new Regime(1, 1000, Training.Points)))
            .Concat(Cross(Plain("default", "relu", "tanh", "sigmoid"), ["SGD", "momentum", "Adam"], new Regime(1, 5000)))
            .Concat(Cross([new("relu", "gain8", false), new("gelu", "gain2", false), new("silu", "gain4", false)], ["Adam"]))
            .Concat(Cross(s_exploding.Take(4), ["SGD"], new Regime(0.01, 1000)))
            .Concat(Cross(s_exploding.Take(4), ["SGD"], new Regime(0.1, 1000)))
            .Concat(Cross(Plain("default", "sigmoid", "tanh"), ["RMSprop"], new Regime(1, 5000)))
            .Concat(Cross(Plain("xavier", "relu", "gelu", "sigmoid", "silu"), ["Adam", "momentum"]))
            .Concat(Cross([new("gelu", "gain2", false)], ["SGD"]))
            .Concat(Cross(s_exploding.Take(4), ["RMSprop", "AdamW"]))
            .Concat(Cross(Plain("default", "relu", "tanh", "sigmoid"), ["SGD", "Adam"], new Regime(0.3, 1000)))
            .Concat(Cross(Plain("default", "relu", "tanh", "sigmoid"), ["SGD", "Adam"], new Regime(3, 1000)))
            .Concat(Cross(Plain("he", "sigmoid", "gelu", "tanh"), ["momentum", "Adam"]));

    private static IEnumerable<Setting> Plain(string initializer, params string[] activations) =>
        activations.Select(activation => new Setting(activation, initializer, false));

    private static IEnumerable<(Setting Setting, string Optimizer, Regime Regime)> Cross(
        IEnumerable<Setting> settings, string[] optimizers, Regime? regime = null) =>
        settings.SelectMany(setting => optimizers.Select(optimizer => (setting, optimizer, regime ?? Regime.Usual)));
}
