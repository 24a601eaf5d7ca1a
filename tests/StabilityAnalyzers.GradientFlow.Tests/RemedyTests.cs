namespace StabilityAnalyzers.GradientFlow.Tests;

public sealed class RemedyTests
{
    [Fact]
    public void NoInitialiserHealsASigmoidStack()
    {
        var healing = GradientRemedies.Healing(Stacks.Dense(12, 64, Activations.Sigmoid));

        var relu = Assert.Single(healing);
        Assert.Equal(RemedyKind.ReluWithHe, relu.Kind);
        Assert.Equal(12, relu.Activations.Count);
        Assert.InRange(relu.LayerAfter(1)!.DepthFactor!.Value, 0.05, 20);
    }

    [Fact]
    public void AFittingInitialiserComesFirst()
    {
        foreach (var (activation, depth) in new[]
        {
            (Activations.ReLU, 30), (Activations.Tanh, 30), (Activations.LeakyReLU(0.2), 30), (Activations.GELU, 18), (Activations.SiLU, 10),
        })
        {
            var healing = GradientRemedies.Healing(Stacks.Dense(depth, 128, activation));

            Assert.True(healing.Count > 0, activation.ToString());
            Assert.Equal(RemedyKind.FittingInitializer, healing[0].Kind);
            Assert.All(healing, remedy => Assert.True(remedy.Prediction.IsHealthy()));
        }
    }

    [Fact]
    public void AnInitialiserThatLetsTheActivationsExplodeHealsNothing()
    {
        // SiLU has no gain that holds both: with He the gradient of 30 layers is lost, with the forward gain the signal grows.
        var healing = GradientRemedies.Healing(Stacks.Dense(30, 128, Activations.SiLU));

        Assert.DoesNotContain(healing, remedy => remedy.Kind == RemedyKind.FittingInitializer);
    }

    [Fact]
    public void NothingIsOfferedForWhatIsNotUnderstood()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        for (var i = 0; i < 20; i++)
        {
            x = builder.Add(Stacks.Linear(64, WeightInitializer.TorchDefault), "fc" + i, x);
            x = builder.Add(i == 3 ? new UnknownOperation("?") : new ActivationOperation(Activations.Sigmoid), null, x);
        }

        Assert.Empty(GradientRemedies.Healing(builder.Build("Hole", builder.Add(Stacks.Linear(64, WeightInitializer.TorchDefault), "head", x))));
    }

    [Fact]
    public void AHealthyStackNeedsNoChange()
    {
        var graph = Stacks.Dense(20, 64, Activations.ReLU, WeightInitializer.Kaiming());

        Assert.True(SignalPropagation.Predict(graph).IsHealthy());
    }

    [Fact]
    public void FollowersLookThroughShapesAndNormsButNotThroughForks()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(Stacks.Linear(8, WeightInitializer.TorchDefault), "a", builder.Add(new InputOperation(), null));
        var view = builder.Add(new ShapeOperation("view"), null, x);
        var norm = builder.Add(new NormalizationOperation(NormalizationKind.Layer, "LayerNorm"), null, view);
        var act = builder.Add(new ActivationOperation(Activations.Tanh), null, norm);
        var forked = builder.Add(Stacks.Linear(8, WeightInitializer.TorchDefault), "b", act);
        var left = builder.Add(new ActivationOperation(Activations.Tanh), null, forked);
        var sum = builder.Add(AddOperation.OfTwo, null, left, forked);
        var followers = GradientRemedies.Followers(builder.Build("Forked", sum));

        Assert.Equal(new Dictionary<int, int> { [x] = act }, followers);
    }
}
