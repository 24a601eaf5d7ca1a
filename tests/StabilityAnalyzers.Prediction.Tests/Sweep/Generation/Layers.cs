using System.Globalization;

namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>Makes the steps that several families use.</summary>
internal static class Layers
{
    /// <summary>A linear layer.</summary>
    /// <param name="inputs">Code of its width.</param>
    /// <param name="outputs">Code of its output's width.</param>
    /// <param name="weight">Initialiser of the weight; null for the default.</param>
    /// <param name="bias">Initialiser of the bias; null for the default.</param>
    /// <param name="hasBias">False for a layer without bias.</param>
    /// <param name="name">Name of its field.</param>
    public static ModuleStep Linear(string inputs, string outputs, string? weight = null, string? bias = null, bool hasBias = true, string name = "fc") =>
        new(name, "Linear", $"@nn.Linear({inputs}, {outputs}{(hasBias ? "" : ", hasBias: false")})", 1)
        {
            Initialize = InitializerPool.Of(weight, hasBias ? bias : null),
        };

    /// <summary>Layer normalisation of the last dimension.</summary>
    public static ModuleStep LayerNorm(Choice choice, string width) =>
        new("norm", "LayerNorm", choice.Of($"@nn.LayerNorm({width})", $"@nn.LayerNorm(new long[] {{ {width} }})"));

    /// <summary>Batch normalisation.</summary>
    public static ModuleStep BatchNorm(int dimensions, string width) =>
        new("bn", $"BatchNorm{dimensions}d", $"@nn.BatchNorm{dimensions}d({width})");

    /// <summary>Dropout.</summary>
    public static ModuleStep Dropout(Choice choice)
    {
        var p = choice.Of(0.1, 0.2, 0.5).ToString(CultureInfo.InvariantCulture);
        return choice.Chance(0.9)
            ? new ModuleStep("drop", "Dropout", $"@nn.Dropout({p})") { Functions = [$"@f.dropout({{0}}, {p}, training)"] }
            : new ModuleStep("drop", "AlphaDropout", $"@nn.AlphaDropout({p})");
    }

    /// <summary>A factor for the branch of a residual block; null for none.</summary>
    public static string? Scale(Choice choice, int blocks) => choice.Weighted(
        (4, (string?)null),
        (2, (1 / Math.Sqrt(blocks)).ToString("0.###", CultureInfo.InvariantCulture)),
        (1, "0.5"),
        (1, "0.2"));

    /// <summary>A step of no width: the values of a step that may be missing.</summary>
    public static IEnumerable<Step> Sometimes(Choice choice, double probability, Func<Step> make) => choice.Chance(probability) ? [make()] : [];
}
