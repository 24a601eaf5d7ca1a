namespace StabilityAnalyzers.Symbols;

/// <summary>One optimizer of TorchSharp.</summary>
/// <param name="Name">The name of the class, which the factory on <c>torch.optim</c> shares.</param>
/// <param name="LearningRateParameter">What the factory calls its learning rate.</param>
/// <param name="NeedsClosure">True when <c>step</c> evaluates the loss by itself, through a function that it is given.</param>
/// <param name="Rates">The least and the largest learning rate that anybody is known to train with, generously; null where there is no such range.</param>
internal sealed record OptimizerEntry(
    string Name, string LearningRateParameter = "lr", bool NeedsClosure = false, (double Least, double Most)? Rates = null)
{
    /// <summary>The name by which a compilation finds the class.</summary>
    public string MetadataName => "TorchSharp.Modules." + Name;
}
