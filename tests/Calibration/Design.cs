namespace Calibration;

/// <summary>What is trained, the most important first.</summary>
internal static class Design
{
    public static readonly string[] Optimizers = ["SGD", "momentum", "Adam", "AdamW", "RMSprop"];

    private static readonly string[] s_activations = ["relu", "gelu", "tanh", "sigmoid", "silu"];

    // Gradient and signal grow together in the first three; in a chaotic tanh stack only the gradient does.
    private static readonly Setting[] s_exploding =
    [
        new("relu", "gain2", false),
        new("relu", "default", true),
        new("relu", "he", true),
        new("tanh", "gain3", false),
        new("relu", "gain4", false),
        new("tanh", "gain6", false),
    ];

    public static IEnumerable<(Setting Setting, string Optimizer, double RateFactor)> All =>
        Cross(s_activations.Select(activation => new Setting(activation, "default", false)), Optimizers)
            .Concat(Cross(s_exploding, ["SGD", "momentum", "Adam"]))
            .Concat(Cross(
                s_activations.Where(activation => activation != "tanh").Select(activation => new Setting(activation, "xavier", false)),
                ["SGD", "Adam"]))
            .Concat(Cross([new("sigmoid", "he", false), new("gelu", "he", false), new("tanh", "he", false)], ["SGD", "Adam"]))

            // The limit belongs to the optimizer and not to one learning rate.
            .Concat(Cross([new("relu", "default", false), new("tanh", "default", false)], ["SGD", "Adam"], 0.3))
            .Concat(Cross([new("relu", "default", false), new("tanh", "default", false)], ["SGD", "Adam"], 3))

            .Concat(Cross(
                s_activations.Where(activation => activation != "tanh").Select(activation => new Setting(activation, "xavier", false)),
                ["momentum", "AdamW", "RMSprop"]))
            .Concat(Cross(s_exploding, ["AdamW", "RMSprop"]));

    private static IEnumerable<(Setting Setting, string Optimizer, double RateFactor)> Cross(
        IEnumerable<Setting> settings, string[] optimizers, double rateFactor = 1) =>
        settings.SelectMany(setting => optimizers.Select(optimizer => (setting, optimizer, rateFactor)));
}
