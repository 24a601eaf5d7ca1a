using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Symbols;

/// <summary>What the lookup tables of TorchSharp do to the signal.</summary>
internal static class EmbeddingOperations
{
    /// <summary>The layers.</summary>
    public static IEnumerable<LayerOperation> Entries()
    {
        yield return new(
            "Embedding",
            ["num_embeddings", "embedding_dims"],
            (a, weight, _) => a.Count("embedding_dims") is { } width ? new EmbeddingOperation(width, weight) { Count = a.Count("num_embeddings") } : null);

        // How many vectors are in a bag is not in the source.
        yield return new(
            "EmbeddingBag",
            ["num_embeddings", "embedding_dims", "mode"],
            (a, weight, _) => a.Count("embedding_dims") is { } width
                ? new EmbeddingOperation(width, weight, "EmbeddingBag") { Count = a.Count("num_embeddings"), BagSize = null }
                : null);
    }
}
