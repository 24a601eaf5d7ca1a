namespace StabilityAnalyzers.GradientFlow;

/// <summary>Which element of a smaller tensor meets which one of a larger.</summary>
internal static class Broadcast
{
    /// <summary>True if a tensor can be spread over the shape of another one: same positions or none, same features or one.</summary>
    internal static bool Fits(Variable shape, Variable part) =>
        shape.Samples == part.Samples
        && (part.Positions == 1 || part.Grid.SequenceEqual(shape.Grid))
        && (part.Features == 1 || part.Features == shape.Features);

    /// <summary>For each element of the shape, the element of the part; null where they are the same.</summary>
    internal static int[]? Indices(Variable shape, Variable part)
    {
        if (shape.Value.Length == part.Value.Length)
        {
            return null;
        }

        var indices = new int[shape.Value.Length];
        var at = 0;
        for (var sample = 0; sample < shape.Samples; sample++)
        {
            for (var position = 0; position < shape.Positions; position++)
            {
                var row = (sample * part.Positions) + (part.Positions == 1 ? 0 : position);
                for (var feature = 0; feature < shape.Features; feature++)
                {
                    indices[at++] = (row * part.Features) + (part.Features == 1 ? 0 : feature);
                }
            }
        }

        return indices;
    }
}
