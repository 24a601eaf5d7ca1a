using StabilityAnalyzers.Tests.Sweep.Generation;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Tests.Sweep.Measurement;

/// <summary>The measurement, on models whose gradient one can work out by hand.</summary>
public sealed class MeasuredGradientTests
{
    // delta0 = delta1 W, and W = 0.1 I.
    [Fact]
    public void AScaledIdentityScalesTheErrorSignal()
    {
        var measured = MeasuredGradient.Of(() => nn.Sequential(("first", Scaled()), ("last", Scaled())), new InputBatch([64, 32]), 2);

        Assert.Equal(("first", "last"), (measured.First, measured.Last));
        Assert.Equal(-1, measured.LogRatio, 5);
        Assert.Equal(0, measured.LogSpread, 5);
    }

    [Fact]
    public void TheFirstCallOfALayerCounts()
    {
        var measured = MeasuredGradient.Of(() => new Twice(Scaled()), new InputBatch([64, 32]), 2);

        Assert.Equal(-2, measured.LogRatio, 5);
        Assert.Equal(-2, measured.LogRatios["layer"], 5);
    }

    [Fact]
    public void WhatFloatCannotHoldIsSaid()
    {
        var measured = MeasuredGradient.Of(
            () => nn.Sequential(Enumerable.Range(0, 40).Select(_ => (nn.Module<Tensor, Tensor>)Scaled()).ToArray()), new InputBatch([8, 32]), 2);

        Assert.False(measured.IsWithinFloat);
    }

    private static TorchSharp.Modules.Linear Scaled()
    {
        var linear = nn.Linear(32, 32);
        nn.init.eye_(linear.weight);
        using (no_grad())
        {
            linear.weight!.mul_(0.1);
        }

        return linear;
    }

    private sealed class Twice : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> layer;

        internal Twice(nn.Module<Tensor, Tensor> layer) : base("twice")
        {
            this.layer = layer;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            for (var i = 0; i < 3; i++)
            {
                x = layer.call(x);
            }

            return x;
        }
    }
}
