using System.Collections.Immutable;

namespace StabilityAnalyzers.Symbols;

/// <summary>The recurrent layers: in them one weight matrix multiplies the gradient once per time step.</summary>
internal static class RecurrentCatalog
{
    /// <summary>Layers and cells.</summary>
    public static ImmutableArray<LayerEntry> Entries { get; } =
        LayerCatalog.Entries.Where(IsRecurrent).ToImmutableArray();

    /// <summary>True for a recurrent layer or the cell of one.</summary>
    public static bool IsRecurrent(LayerEntry? entry) =>
        entry is { Family: LayerFamily.Recurrent or LayerFamily.RecurrentCell };
}
