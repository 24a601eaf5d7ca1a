namespace StabilityAnalyzers.Tests.Sweep.Generation.Families;

/// <summary>Networks over sequences: embeddings, recurrent layers and cells, attention.</summary>
internal static class SequenceFamilies
{
    /// <summary>An embedding, and linear layers over each position.</summary>
    public static Plan Embedding(Choice choice)
    {
        var (width, count) = DenseFamilies.Size(choice, 1, greatestCount: 12);
        var activation = ActivationPool.Random(choice);
        var vocabulary = choice.Of(50, 200, 1000);
        var end = End(choice, 12);
        var embedding = new ModuleStep("embedding", "Embedding", $"@nn.Embedding({vocabulary}, $W)", 1)
        {
            Initialize = choice.Chance(0.3) ? ["@init.normal_({0}.weight, 0, 0.1);"] : [],
        };
        return new(
            "embedding",
            $"Embedding, {activation.Type}{Describe(end.Steps)}",
            new([16, 12], vocabulary),
            width,
            [embedding, .. Layers.Sometimes(choice, 0.3, () => Layers.Dropout(choice))],
            [Layers.Linear("$W", "$W", InitializerPool.Weight(choice, width)), activation],
            count,
            [.. Layers.Sometimes(choice, 0.3, () => Layers.LayerNorm(choice, "$W")), .. end.Steps, Layers.Linear("$W", "16", name: "head")])
        {
            NormScale = end.NormScale,
        };
    }

    // What becomes of a sequence at its end: a result at each position, of the last one, or of their mean. The norm of the gradient
    // through a mean of n is that of one divided by sqrt(n), which a depth factor leaves out.
    private static (IReadOnlyList<Step> Steps, double? NormScale) End(Choice choice, int steps) => choice.Weighted<(IReadOnlyList<Step>, double?)>(
        (3, ([], null)),
        (3, ([new FunctionStep("{0}.select(1, -1)", "{0}[.., -1]", "{0}[.., -1, ..]", "{0}[TensorIndex.Colon, -1]", $"{{0}}.narrow(1, {steps - 1}, 1).squeeze(1)")], 1)),
        (1, ([new FunctionStep("{0}.mean(new long[] {{ 1 }})")], Math.Sqrt(steps))));

    /// <summary>RNN, LSTM or GRU over a sequence, with a result at each position.</summary>
    public static Plan Recurrent(Choice choice)
    {
        var type = choice.Of("RNN", "LSTM", "GRU");
        var width = choice.Of(32, 48, 64, 96, 128);
        var layers = choice.Weighted((3, 1), (2, 2), (1, 3));
        var steps = choice.Of(6, 10, 16);
        var call = type switch
        {
            "LSTM" => choice.Of("{1}.call({0}).Item1", "{1}.call({0}, null).Item1"),
            _ => "{1}.call({0}, null).Item1",
        };
        var relu = type == "RNN" && choice.Chance(0.2) ? ", nonLinearity: @nn.NonLinearities.ReLU" : "";
        var count = choice.Weighted((3, 1), (1, 2));
        var end = End(choice, steps);
        return new(
            "recurrent",
            $"{type}, {layers} layers, {steps} steps{Describe(end.Steps)}",
            new([16, steps, 16]),
            width,
            [Layers.Linear("16", "$W")],
            [new ModuleStep("rnn", type, $"@nn.{type}($W, $W, {layers}{relu}, batchFirst: true)", layers) { Call = call }],
            count,
            [.. end.Steps, Layers.Linear("$W", "16", name: "head")])
        {
            NormScale = end.NormScale,
        };
    }

    private static string Describe(IReadOnlyList<Step> end) => end switch
    {
        [] => "",
        [FunctionStep { Forms: [var form, ..] }] => form.Contains("mean", StringComparison.Ordinal) ? ", mean" : ", last step",
        _ => ", other end",
    };

    /// <summary>A cell in a loop over positions; the result is its last state, or all of them as a sequence.</summary>
    public static Plan Cells(Choice choice)
    {
        var type = choice.Of("RNNCell", "LSTMCell", "GRUCell");
        var width = choice.Of(48, 64, 96, 128);
        var steps = choice.Of(4, 8, 12, 20);
        var activation = ActivationPool.Common(choice);
        var isStacked = choice.Chance(0.4);
        return new(
            "recurrent",
            $"{type}, {steps} steps{(isStacked ? ", stacked" : "")}",
            new([16, steps, 16]),
            width,
            [Layers.Linear("16", "$W"), new CellLoopStep(new ModuleStep("cell", type, $"@nn.{type}($W, $W)", 1) { Call = "" }, steps, type == "LSTMCell", width) { IsStacked = isStacked }],
            [Layers.Linear("$W", "$W"), activation],
            choice.Between(1, 2),
            isStacked ? [Layers.Linear("$W", "16", name: "head")] : DenseFamilies.Head(choice))
        {
            NormScale = 1,
        };
    }

    /// <summary>Self-attention and feed-forward layers, in residual blocks.</summary>
    public static Plan Attention(Choice choice)
    {
        var width = choice.Of(32, 64, 96, 128);
        var heads = choice.Of(2, 4);
        var count = choice.Between(1, 4);
        var activation = choice.Of(ActivationPool.Common(choice), ActivationPool.Common(choice));
        var isPreNorm = choice.Chance(0.6);
        var attention = new ModuleStep("attention", "MultiheadAttention", $"@nn.MultiheadAttention($W, {heads})", 1)
        {
            Call = "{1}.call({0}, {0}, {0}, null, false, null).Item1",
        };
        Step[] feedForward = [Layers.Linear("$W", "4 * $W", name: "up"), activation, Layers.Linear("4 * $W", "$W", name: "down")];
        ModuleStep Norm() => Layers.LayerNorm(choice, "$W");
        IReadOnlyList<Step> block = isPreNorm
            ? [new ResidualStep([Norm(), attention]), new ResidualStep([Norm(), .. feedForward])]
            : [new ResidualStep([attention]), Norm(), new ResidualStep(feedForward), Norm()];
        return new(
            "attention",
            $"MultiheadAttention, {(isPreNorm ? "pre" : "post")}-norm, {activation.Type}",
            new([12, 8, 16]),
            width,
            [Layers.Linear("16", "$W")],
            block,
            count,
            [Layers.Linear("$W", "16", name: "head")]);
    }

    /// <summary>A whole Transformer, whose source and target are two linear maps of the same sequence.</summary>
    public static Plan WholeTransformer(Choice choice)
    {
        var width = choice.Of(32, 64, 96);
        var (encoders, decoders) = (choice.Between(1, 3), choice.Between(1, 3));
        var transformer = new ModuleStep(
            "transformer", "Transformer", $"@nn.Transformer($W, {choice.Of(2, 4)}, {encoders}, {decoders}, {choice.Of("2 * $W", "4 * $W")}{choice.Of("", ", 0.0")})", 3 * (encoders + decoders))
        {
            Call = "{1}.call({0}, {2})",
        };
        return new(
            "attention",
            $"Transformer, {encoders} + {decoders} layers",
            new([12, 8, 16]),
            width,
            [Layers.Linear("16", "$W"), new PairStep(transformer, choice.Chance(0.5) ? [] : [Layers.Linear("$W", "$W", name: "source")], [])],
            [Layers.Linear("$W", "$W")],
            1,
            [Layers.Linear("$W", "16", name: "head")]);
    }

    /// <summary>TorchSharp's own transformer encoder layers.</summary>
    public static Plan Transformer(Choice choice)
    {
        var width = choice.Of(32, 64, 96, 128);
        var activation = choice.Of("", ", activation: @nn.Activations.GELU");
        var dropout = choice.Of("", ", dropout: 0.0");
        return new(
            "attention",
            "TransformerEncoderLayer",
            new([12, 8, 16]),
            width,
            [Layers.Linear("16", "$W")],
            [new ModuleStep("encoder", "TransformerEncoderLayer", $"@nn.TransformerEncoderLayer($W, {choice.Of(2, 4)}, 4 * $W{dropout}{activation})", 3)],
            choice.Between(1, 4),
            [Layers.Linear("$W", "16", name: "head")]);
    }
}
