namespace StabilityAnalyzers.Extraction;

/// <summary>What one extraction may spend. A model beyond it is unknown.</summary>
/// <param name="Operations">Operations that are interpreted, each pass through a loop counted.</param>
/// <param name="Nodes">Nodes of the graph.</param>
/// <param name="Depth">Operations, statements and calls within each other; bounds the stack.</param>
/// <param name="Calls">Calls within each other.</param>
internal sealed record Budget(int Operations, int Nodes, int Depth, int Calls)
{
    /// <summary>Enough for generated models of 5,000 layers; a class as people write it takes a hundredth of it.</summary>
    public static Budget Default { get; } = new(Operations: 300_000, Nodes: 20_000, Depth: 160, Calls: 24);
}
