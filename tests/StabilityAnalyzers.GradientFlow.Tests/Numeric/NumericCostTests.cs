namespace StabilityAnalyzers.GradientFlow.Tests.Numeric;

/// <summary>What is too large for the numeric pass says so, and is given more time where somebody waits.</summary>
public sealed class NumericCostTests
{
    [Fact]
    public void WhatIsComputedSaysNothing()
    {
        var prediction = SignalPropagation.Predict(Convolutions(4));

        Assert.Null(prediction.MissingBecause);
        Assert.NotNull(prediction.Layer("first").DepthFactor);
    }

    [Fact]
    public void WhatCostsTooMuchSaysSo()
    {
        var prediction = SignalPropagation.Predict(Convolutions(60));

        Assert.Null(prediction.Layer("first").DepthFactor);
        Assert.Contains("million elements", prediction.MissingBecause, StringComparison.Ordinal);
    }

    // The whole of a patient pass takes seconds: here one that may cost more than one that is refused.
    [Fact]
    public void WhatMayCostMoreIsComputed()
    {
        var graph = Convolutions(4);
        NumericPropagation Run(double elements) => NumericPropagation.Run(
            graph, graph.Outputs[0], new NumericEffort(elements, 1, [(16, 4, 1)]) { SizeFactor = 2, MostReplicas = 1 })!;

        Assert.NotNull(Run(100_000).Refusal);
        Assert.Null(Run(10_000_000).Refusal);
        Assert.NotNull(Run(10_000_000).Norm(1));
    }

    [Fact]
    public void WhoWaitsForWhatIsNotLargeGetsTheSame()
    {
        var graph = Convolutions(4);
        Assert.Equal(SignalPropagation.Predict(graph).Layer("first").DepthFactor, SignalPropagation.PredictPatiently(graph).Layer("first").DepthFactor);
    }

    [Fact]
    public void TooManyOperationsSaySo() =>
        Assert.Contains("too many for a numeric pass", SignalPropagation.Predict(Convolutions(1600)).MissingBecause, StringComparison.Ordinal);

    // Group norms have no formula.
    private static ModelGraph Convolutions(int count)
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(Convolution(3, 64), "first", builder.Add(new InputOperation(), null));
        for (var i = 0; i < count; i++)
        {
            x = builder.Add(new NormalizationOperation(NormalizationKind.Group, "GroupNorm") { Groups = 2 }, null, x);
            x = builder.Add(new ActivationOperation(Activations.ReLU), null, x);
            x = builder.Add(Convolution(64, 64), $"conv{i}", x);
        }

        return builder.Build("Convolutions", x);
    }

    private static ConvolutionOperation Convolution(long channels, long width)
    {
        EquatableList<long> Both(long size) => new(size, size);
        return new(2, channels, width, 9, 1, 1, false, WeightInitializer.Kaiming(), null)
        {
            Window = new WindowGeometry(Both(3), Both(1), Both(1), Both(1)),
        };
    }
}
