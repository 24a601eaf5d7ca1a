namespace StabilityAnalyzers.Tests.Sweep.Generation.Families;

/// <summary>Networks of convolutions. The linear head behind a flattening tells the source the number of positions.</summary>
internal static class ConvolutionFamilies
{
    /// <summary>A chain of convolutions of one size, the positions kept.</summary>
    public static Plan Plain(Choice choice)
    {
        var dimensions = choice.Weighted((1, 1), (3, 2), (0.6, 3));
        var (channels, size, batch) = Sizes(choice, dimensions);
        var count = choice.Logarithmic(1, dimensions == 3 ? 4 : 14);
        var activation = ActivationPool.Random(choice);
        var groups = choice.Weighted((6, 1), (1, 2), (1, 4));
        var dilation = choice.Weighted((5, 1), (1, 2));
        var isWide = dimensions == 2 && dilation == 1 && choice.Chance(0.2);
        var kernel = isWide ? choice.Of("(1, 3)", "(3, 5)", "(5, 1)") : choice.Of("3", "3", "5", "1");
        var padding = isWide ? kernel switch { "(1, 3)" => "(0, 1)", "(3, 5)" => "(1, 2)", _ => "(2, 0)" } : $"{(kernel[0] - '0') / 2 * dilation}";
        var taps = isWide ? kernel switch { "(1, 3)" => 3, "(3, 5)" => 15, _ => 5 } : Math.Pow(kernel[0] - '0', dimensions);
        var terms = channels / (double)groups * taps;
        var weight = InitializerPool.Weight(choice, terms, 0.5);
        var extra = (dilation > 1 ? $", dilation: {dilation}" : "") + (groups > 1 ? $", groups: {groups}" : "");

        // A literal 0 fits two overloads.
        var conv = Convolution(dimensions, "$W", "$W", kernel + (padding == "0" ? "" : $", padding: {padding}") + extra, weight);
        return new(
            "convolution",
            $"Conv{dimensions}d {kernel}{extra}, {activation.Type}",
            new([batch, 3, .. Enumerable.Repeat((long)size, dimensions)]),
            channels,
            [Convolution(dimensions, "3", "$W", "3, padding: 1", null), activation],
            [conv, activation, .. Layers.Sometimes(choice, 0.15, () => SpatialDropout(choice, dimensions))],
            count,
            FlatHead(choice, "$W", Positions(size, dimensions)))
        {
            Terms = terms,
        };
    }

    /// <summary>Convolutions with strides or pooling, channels that grow: the usual classifier.</summary>
    public static Plan Shrinking(Choice choice)
    {
        var dimensions = choice.Weighted((1, 1), (3, 2));
        var channels = choice.Of(16, 32, 48);
        var size = 16;
        var activation = ActivationPool.Common(choice);
        var stages = choice.Between(1, 3);
        var way = choice.Weighted((2, "stride"), (2, "MaxPool"), (2, "AvgPool"));
        var steps = new List<Step>();
        var from = "3";
        var width = channels;
        for (var i = 0; i < stages; i++)
        {
            width = channels << Math.Min(i, 1);
            var to = $"{width}";
            var weight = InitializerPool.Weight(choice, from == "3" ? 27 : width * Math.Pow(3, dimensions), 0.6);
            steps.Add(way == "stride"
                ? Convolution(dimensions, from, to, "3, stride: 2, padding: 1", weight)
                : Convolution(dimensions, from, to, choice.Of("3, padding: 1", "3, 1, padding: 1"), weight));
            steps.Add(activation);
            if (way != "stride")
            {
                steps.Add(new ModuleStep("pool", $"{way}{dimensions}d", $"@nn.{way}{dimensions}d({choice.Of("2", "2, 2")})")
                {
                    Functions = way == "MaxPool" ? [$"@f.max_pool{dimensions}d({{0}}, 2)"] : [$"@f.avg_pool{dimensions}d({{0}}, 2)"],
                });
            }

            from = to;
            size /= 2;
        }

        var kernel = Math.Pow(3, dimensions);
        return new(
            "convolution",
            $"Conv{dimensions}d, {way}, {activation.Type}",
            new([dimensions == 1 ? 32 : 16, 3, .. Enumerable.Repeat(16L, dimensions)]),
            width,
            steps,
            [Convolution(dimensions, "$W", "$W", "3, padding: 1", null), activation],
            choice.Between(1, 3),
            FlatHead(choice, "$W", Positions(size, dimensions)))
        {
            Terms = channels * kernel,
        };
    }

    /// <summary>Transposed convolutions: a decoder.</summary>
    public static Plan Transposed(Choice choice)
    {
        var dimensions = choice.Weighted((1, 1), (3, 2), (0.5, 3));
        var channels = choice.Of(16, 32, 64);
        var activation = ActivationPool.Common(choice);
        var count = choice.Between(1, dimensions == 1 ? 4 : dimensions == 2 ? 3 : 1);
        var arguments = choice.Of("4, stride: 2, padding: 1", "3, stride: 2, padding: 1, output_padding: 1", "2, stride: 2", "3, padding: 1");
        var kernel = arguments[0] - '0';
        var stride = arguments.Contains("stride", StringComparison.Ordinal) ? 2 : 1;
        var terms = channels * Math.Pow((double)kernel / stride, dimensions);
        var type = $"ConvTranspose{dimensions}d";
        var layer = new ModuleStep("up", type, $"@nn.{type}($W, $W, {arguments})", 1)
        {
            Initialize = InitializerPool.Of(InitializerPool.Weight(choice, terms, 0.6), null),
        };
        return new(
            "convolution",
            $"{type} {arguments}, {activation.Type}",
            new([8, 8, .. Enumerable.Repeat(4L, dimensions)]),
            channels,
            [Convolution(dimensions, "8", "$W", "3, padding: 1", null), activation],
            [layer, activation],
            count,
            [Convolution(dimensions, "$W", "3", "3, padding: 1", null), .. Layers.Sometimes(choice, 0.3, () => new FunctionStep("{0}.tanh()"))])
        {
            Terms = terms,
        };
    }

    /// <summary>Convolutions with norms over the batch or over positions.</summary>
    public static Plan Normalized(Choice choice)
    {
        var norm = choice.Weighted((4, "BatchNorm"), (2, "GroupNorm"), (2, "InstanceNorm"));
        var dimensions = choice.Weighted((1, 1), (4, 2));
        var (channels, size, batch) = Sizes(choice, dimensions);
        var activation = ActivationPool.Common(choice);
        var count = choice.Logarithmic(1, 10);
        var isResidual = choice.Chance(0.4);
        var conv = Convolution(dimensions, "$W", "$W", choice.Chance(0.5) ? "3, padding: 1, bias: false" : "3, padding: 1", null);
        IReadOnlyList<Step> block = isResidual
            ? [new ResidualStep([conv, Norm(choice, norm, dimensions), activation, conv, Norm(choice, norm, dimensions)]), activation]
            : [conv, Norm(choice, norm, dimensions), activation];
        return new(
            norm == "BatchNorm" ? "batch norm" : "group and instance norm",
            $"Conv{dimensions}d, {norm}{(isResidual ? ", residual" : "")}, {activation.Type}",
            new([batch, 3, .. Enumerable.Repeat((long)size, dimensions)]),
            channels,
            [Convolution(dimensions, "3", "$W", "3, padding: 1", null), activation],
            block,
            count,
            FlatHead(choice, "$W", Positions(size, dimensions)))
        {
            Terms = channels * Math.Pow(3, dimensions),
            NormalizesOverBatch = true,
        };
    }

    /// <summary>Convolutions in residual blocks without norms.</summary>
    public static Plan Residual(Choice choice)
    {
        var dimensions = choice.Weighted((1, 1), (3, 2));
        var (channels, size, batch) = Sizes(choice, dimensions);
        var activation = ActivationPool.Common(choice);
        var count = choice.Logarithmic(1, 8);
        var conv = Convolution(dimensions, "$W", "$W", "3, padding: 1", InitializerPool.Weight(choice, channels * Math.Pow(3, dimensions), 0.7));
        IReadOnlyList<Step> branch = choice.Chance(0.5) ? [conv, activation, conv] : [conv, activation];
        return new(
            "residual",
            $"convolutions, {activation.Type}",
            new([batch, 3, .. Enumerable.Repeat((long)size, dimensions)]),
            channels,
            [Convolution(dimensions, "3", "$W", "3, padding: 1", null), activation],
            [new ResidualStep(branch, Layers.Scale(choice, count))],
            count,
            FlatHead(choice, "$W", Positions(size, dimensions)))
        {
            Terms = channels * Math.Pow(3, dimensions),
        };
    }

    // GroupNorm of 0.107 leaves its weight and bias uninitialised.
    private static ModuleStep Norm(Choice choice, string norm, int dimensions) => norm switch
    {
        "GroupNorm" => new ModuleStep("gn", "GroupNorm", $"@nn.GroupNorm({choice.Of(2, 4, 8)}, $W)")
        {
            Initialize = ["@init.ones_({0}.weight);", "@init.zeros_({0}.bias);"],
        },
        "InstanceNorm" => new ModuleStep("inorm", $"InstanceNorm{dimensions}d", $"@nn.InstanceNorm{dimensions}d($W{(choice.Chance(0.3) ? ", affine: true" : "")})"),
        _ => Layers.BatchNorm(dimensions, "$W"),
    };

    private static ModuleStep SpatialDropout(Choice choice, int dimensions) => choice.Chance(0.5)
        ? Layers.Dropout(choice)
        : new ModuleStep("drop", $"Dropout{dimensions}d", $"@nn.Dropout{dimensions}d(0.1)");

    private static ModuleStep Convolution(int dimensions, string from, string to, string arguments, string? weight) =>
        new("conv", $"Conv{dimensions}d", $"@nn.Conv{dimensions}d({from}, {to}, {arguments})", 1) { Initialize = InitializerPool.Of(weight, null) };

    private static (int Channels, int Size, int Batch) Sizes(Choice choice, int dimensions) => dimensions switch
    {
        1 => (choice.Of(16, 32, 64), choice.Of(16, 32, 64), 16),
        2 => (choice.Of(16, 24, 32, 48), choice.Of(8, 12, 16), 8),
        _ => (choice.Of(16, 24), 6, 4),
    };

    private static int Positions(int size, int dimensions) => (int)Math.Pow(size, dimensions);

    private static IReadOnlyList<Step> FlatHead(Choice choice, string channels, int positions) =>
    [
        choice.Chance(0.4)
            ? new ModuleStep("flatten", "Flatten", "@nn.Flatten()")
            : new FunctionStep("{0}.flatten(1)", "@torch.flatten({0}, 1)", $"{{0}}.view(-1, {positions} * {{0}}.shape[1])"),
        Layers.Linear($"{positions} * {channels}", $"{choice.Of(8, 10, 16, 32)}", name: "head"),
    ];
}
