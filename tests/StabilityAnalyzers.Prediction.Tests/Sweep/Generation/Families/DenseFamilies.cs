namespace StabilityAnalyzers.Tests.Sweep.Generation.Families;

/// <summary>Networks of linear layers: chains, with norms, residual, gated, concatenated, bilinear.</summary>
internal static class DenseFamilies
{
    private const int Batch = 64;

    /// <summary>A chain of linear layers of one width.</summary>
    public static Plan Plain(Choice choice)
    {
        var (width, count) = Size(choice, 1);
        var activation = ActivationPool.Random(choice);
        var initialization = choice.Chance(0.25) ? Everywhere(choice, width, hasNorms: activation.Type == "PReLU") : null;
        var weight = initialization is null ? InitializerPool.Weight(choice, width) : null;
        var bias = initialization is null && weight is not null ? InitializerPool.Bias(choice) : null;
        var inputs = Inputs(choice, width);
        return new(
            "plain",
            $"linear, {activation.Type}",
            new([Batch, inputs]),
            width,
            [Layers.Linear($"{inputs}", "$W", weight, bias, name: "input"), activation],
            [Layers.Linear("$W", "$W", weight, bias), activation, .. Layers.Sometimes(choice, 0.15, () => Layers.Dropout(choice))],
            count,
            Head(choice))
        {
            Initialization = initialization,
        };
    }

    /// <summary>A chain of linear layers of different widths, activations and initialisers.</summary>
    public static Plan Mixed(Choice choice)
    {
        var depth = choice.Between(1, 8);
        var widths = Enumerable.Range(0, depth).Select(_ => choice.Of(48, 64, 96, 128, 192, 256, 384, 512)).ToArray();
        var inputs = choice.Of(32, 64, 100);
        var width = widths[^1];
        var stem = new List<Step>();
        for (var i = 0; i < depth - 1; i++)
        {
            var from = i == 0 ? inputs : widths[i - 1];
            stem.Add(Layers.Linear($"{from}", $"{widths[i]}", InitializerPool.Weight(choice, from), InitializerPool.Bias(choice)));
            stem.Add(ActivationPool.Random(choice));
        }

        var last = depth > 1 ? widths[^2] : inputs;
        return new(
            "plain",
            "linear, mixed",
            new([Batch, inputs]),
            width,
            stem,
            [Layers.Linear($"{last}", "$W", InitializerPool.Weight(choice, last)), ActivationPool.Random(choice)],
            1,
            Head(choice))
        {
            Terms = widths.Min(),
        };
    }

    /// <summary>Linear layers with layer normalisation before or behind the activation.</summary>
    public static Plan LayerNorms(Choice choice)
    {
        var (width, count) = Size(choice, 1);
        var activation = ActivationPool.Random(choice);
        var isBefore = choice.Chance(0.6);
        var weight = InitializerPool.Weight(choice, width);
        var linear = Layers.Linear("$W", "$W", weight);
        var norm = Layers.LayerNorm(choice, "$W");
        var inputs = Inputs(choice, width);
        return new(
            "layer norm",
            $"linear, LayerNorm {(isBefore ? "before" : "behind")} {activation.Type}",
            new([Batch, inputs]),
            width,
            [Layers.Linear($"{inputs}", "$W"), activation],
            isBefore ? [linear, norm, activation] : [linear, activation, norm],
            count,
            Head(choice));
    }

    /// <summary>Linear layers with batch normalisation.</summary>
    public static Plan BatchNorms(Choice choice)
    {
        var (width, count) = Size(choice, 1, greatestCount: 16);
        var activation = ActivationPool.Random(choice);
        var weight = InitializerPool.Weight(choice, width);
        var linear = Layers.Linear("$W", "$W", weight, hasBias: choice.Chance(0.6));
        var norm = Layers.BatchNorm(1, "$W");
        var isBefore = choice.Chance(0.7);
        var inputs = Inputs(choice, width);
        return new(
            "batch norm",
            $"linear, BatchNorm1d {(isBefore ? "before" : "behind")} {activation.Type}",
            new([Batch, inputs]),
            width,
            [Layers.Linear($"{inputs}", "$W"), activation],
            isBefore ? [linear, norm, activation] : [linear, activation, norm],
            count,
            Head(choice))
        {
            NormalizesOverBatch = true,
        };
    }

    /// <summary>Residual blocks of linear layers.</summary>
    public static Plan Residual(Choice choice)
    {
        var form = choice.Weighted((3, "phi(W)"), (2, "W phi(W)"), (2, "W phi"), (2, "W phi(W LN)"), (1, "phi(LN W)"), (1, "W phi(W BN)"));
        var (width, count) = Size(choice, form.Count(c => c == 'W'), greatestCount: 24);
        var activation = ActivationPool.Random(choice);
        var weight = InitializerPool.Weight(choice, width, 0.6);
        ModuleStep Linear() => Layers.Linear("$W", "$W", weight);
        IReadOnlyList<Step> branch = form switch
        {
            "phi(W)" => [Linear(), activation],
            "W phi(W)" => [Linear(), activation, Linear()],
            "W phi" => [activation, Linear()],
            "W phi(W LN)" => [Layers.LayerNorm(choice, "$W"), Linear(), activation, Linear()],
            "phi(LN W)" => [Linear(), Layers.LayerNorm(choice, "$W"), activation],
            _ => [Layers.BatchNorm(1, "$W"), Linear(), activation, Linear()],
        };
        var inputs = Inputs(choice, width);
        return new(
            "residual",
            $"x + {form}, {activation.Type}",
            new([Batch, inputs]),
            width,
            [Layers.Linear($"{inputs}", "$W"), .. Layers.Sometimes(choice, 0.5, () => activation)],
            [new ResidualStep(branch, Layers.Scale(choice, count)), .. Layers.Sometimes(choice, form == "W phi(W)" ? 0.4 : 0, () => activation)],
            count,
            Head(choice))
        {
            NormalizesOverBatch = form.Contains("BN", StringComparison.Ordinal),
        };
    }

    /// <summary>Gates, highways, gated linear units, dense connections.</summary>
    public static Plan Gated(Choice choice)
    {
        var form = choice.Weighted((3, "gate"), (3, "highway"), (2, "GLU"), (2, "concatenation"), (1, "softmax"));
        var (width, count) = Size(choice, 1, greatestCount: form == "softmax" ? 2 : form == "concatenation" ? 6 : 12);
        var activation = ActivationPool.Common(choice);
        var weight = InitializerPool.Weight(choice, width, 0.6);
        var highwayBias = choice.Of("-1.0", "-2.0");
        IReadOnlyList<Step> block = form switch
        {
            "gate" => [new GateStep([Layers.Linear("$W", "$W", weight, name: "value"), activation], [Layers.Linear("$W", "$W", name: "gate")], false)],
            "highway" => [new GateStep(
                [Layers.Linear("$W", "$W", weight, name: "transform"), activation],
                [Layers.Linear("$W", "$W", null, $"@init.constant_({{0}}, {highwayBias});", name: "gate")],
                true)],
            "GLU" => [
                Layers.Linear("$W", "2 * $W", weight),
                new ModuleStep("glu", "GLU", "@nn.GLU(1)") { Functions = ["@f.glu({0}, 1)"] }],
            "softmax" => [
                Layers.Linear("$W", "$W", weight),
                new ModuleStep("softmax", "Softmax", "@nn.Softmax(1)") { Functions = ["@f.softmax({0}, 1)", "{0}.softmax(-1)"] },
                Layers.Linear("$W", "$W", name: "mix"),
                activation],
            _ => [
                new ConcatenationStep([], [Layers.Linear("$W", "$W", weight), activation], 1),
                Layers.Linear("2 * $W", "$W", name: "merge"),
                activation],
        };
        var inputs = Inputs(choice, width);
        return new(
            "gated",
            $"{form}, {(form == "GLU" ? "sigmoid" : activation.Type)}",
            new([Batch, inputs]),
            width,
            [Layers.Linear($"{inputs}", "$W"), activation],
            block,
            count,
            Head(choice));
    }

    /// <summary>Two chains that meet in a bilinear layer.</summary>
    public static Plan Bilinear(Choice choice)
    {
        var width = choice.Of(16, 24, 32, 48);
        var activation = ActivationPool.Common(choice);
        var bilinear = new ModuleStep("bilinear", "Bilinear", "@nn.Bilinear($W, $W, $W)", 1) { Call = "{1}.call({0}, {2})" };
        return new(
            "bilinear",
            $"Bilinear, {activation.Type}",
            new([Batch, 32]),
            width,
            [
                Layers.Linear("32", "$W"),
                activation,
                new PairStep(
                    bilinear,
                    [Layers.Linear("$W", "$W", name: "left"), activation],
                    [Layers.Linear("$W", "$W", name: "right"), ActivationPool.Common(choice)]),
                activation,
            ],
            [Layers.Linear("$W", "$W"), activation],
            choice.Between(1, 3),
            Head(choice));
    }

    /// <summary>Width of a block, and how many follow each other: mostly within depth / width up to a quarter.</summary>
    internal static (int Width, int Count) Size(Choice choice, int layersInBlock, int greatestCount = 38)
    {
        var width = choice.Of(16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512);
        var isWithin = choice.Chance(0.85);
        var greatest = Math.Min(greatestCount / layersInBlock, 38 / layersInBlock);
        var limit = isWithin ? Math.Min(greatest, Math.Max(1, ((int)(width * 0.25) - 2) / layersInBlock)) : greatest;
        return (width, choice.Logarithmic(1, Math.Max(1, limit)));
    }

    private static int Inputs(Choice choice, int width) => choice.Weighted((3, width), (1, 32), (1, 100), (1, 784));

    internal static IReadOnlyList<Step> Head(Choice choice)
    {
        var outputs = choice.Of(8, 10, 16, 32, 64);
        return choice.Weighted<IReadOnlyList<Step>>(
            (8, [Layers.Linear("$W", $"{outputs}", name: "head")]),
            (1, [Layers.Linear("$W", $"{outputs}", name: "head"), new FunctionStep("@f.log_softmax({0}, 1)")]),
            (1, [Layers.Linear("$W", $"{outputs}", name: "head"), new FunctionStep("{0}.sigmoid()", "@torch.sigmoid({0})")]));
    }

    private static GlobalInitialization Everywhere(Choice choice, int width, bool hasNorms) => new(
        ["Linear"], InitializerPool.Weight(choice, width, 0)!, InitializerPool.Bias(choice), hasNorms);
}
