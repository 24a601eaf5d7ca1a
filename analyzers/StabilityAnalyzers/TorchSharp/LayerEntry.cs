namespace StabilityAnalyzers.Symbols;

/// <summary>One layer type of TorchSharp.</summary>
/// <param name="Name">The name of the class, which the factory on <c>torch.nn</c> shares.</param>
/// <param name="Family">What it does.</param>
/// <param name="Arity">The number of its type parameters.</param>
internal sealed record LayerEntry(string Name, LayerFamily Family, int Arity = 0)
{
    /// <summary>The name by which a compilation finds the class.</summary>
    public string MetadataName => "TorchSharp.Modules." + Name + (Arity == 0 ? "" : "`" + Arity);
}
