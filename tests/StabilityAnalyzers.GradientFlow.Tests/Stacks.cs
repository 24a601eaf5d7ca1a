namespace StabilityAnalyzers.GradientFlow.Tests;

/// <summary>Model graphs that many tests start from.</summary>
internal static class Stacks
{
    /// <summary>A chain input, (linear, activation) x depth, head of one output.</summary>
    internal static ModelGraph Dense(
        int depth, long width, Activation? activation, WeightInitializer? weight = null, BiasInitializer? bias = null)
    {
        var builder = new ModelGraphBuilder();
        var node = builder.Add(new InputOperation(), null);
        for (var i = 0; i < depth; i++)
        {
            node = builder.Add(
                new LinearOperation(width, width, weight ?? WeightInitializer.TorchDefault, bias ?? BiasInitializer.TorchDefault),
                "fc" + i,
                node);
            if (activation is not null)
            {
                node = builder.Add(new ActivationOperation(activation), null, node);
            }
        }

        node = builder.Add(
            new LinearOperation(width, width, weight ?? WeightInitializer.TorchDefault, bias ?? BiasInitializer.TorchDefault), "head", node);
        return builder.Build("Stack", node);
    }

    /// <summary>Blocks x + activation(linear(x)) between an input layer and a head.</summary>
    internal static ModelGraph Residual(int blocks, long width, Activation activation, double scale = 1, WeightInitializer? weight = null)
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(Linear(width, WeightInitializer.TorchDefault), "stem", builder.Add(new InputOperation(), null));
        for (var i = 0; i < blocks; i++)
        {
            var branch = builder.Add(Linear(width, weight ?? WeightInitializer.TorchDefault), "block" + i, x);
            branch = builder.Add(new ActivationOperation(activation), null, branch);
            x = builder.Add(new AddOperation(new EquatableList<double>(1, scale)), null, x, branch);
        }

        return builder.Build("Residual", builder.Add(Linear(width, WeightInitializer.TorchDefault), "head", x));
    }

    internal static LinearOperation Linear(long width, WeightInitializer weight) => new(width, width, weight, BiasInitializer.TorchDefault);

    internal static LayerPrediction Layer(this Prediction prediction, string path) => prediction.Layers.Single(layer => layer.Path == path);
}
