using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime;

/// <summary>A layer's depth factor in a word and a colour, by the thresholds of the detectors.</summary>
/// <param name="Word">What to say without colours.</param>
/// <param name="Colour">Colour of the terminal.</param>
internal readonly record struct LayerHealth(string Word, string Colour)
{
    private static readonly VanishingOptions s_vanishing = new();
    private static readonly ExplodingOptions s_exploding = new();

    /// <summary>Judges a measured ratio.</summary>
    /// <param name="measured">Measured gradient ratio; null if it is not known.</param>
    /// <param name="predicted">Predicted gradient ratio, which contains the geometry.</param>
    /// <param name="depthFactor">Predicted ratio without the geometry.</param>
    /// <returns>Nothing is said of a layer whose geometry is not known.</returns>
    public static LayerHealth Of(double? measured, double? predicted, double? depthFactor)
    {
        double? factor = measured * depthFactor / predicted;
        return factor switch
        {
            null or double.NaN => new("", "grey"),
            _ when factor < s_vanishing.Warning => new("vanishes", "red"),
            _ when factor < s_vanishing.Info => new("weak", "yellow"),
            _ when factor > s_exploding.Warning => new("explodes", "red"),
            _ when factor > s_exploding.Info => new("grows", "yellow"),
            _ => new("healthy", "green"),
        };
    }
}
