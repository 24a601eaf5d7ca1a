namespace StabilityAnalyzers.GradientFlow.Tests;

public sealed class RemedyTests
{
    [Fact]
    public void NoInitialiserHealsASigmoidStack()
    {
        var graph = Stacks.Dense(12, 64, Activations.Sigmoid);
        var healing = GradientRemedies.Healing(graph).ToArray();

        Assert.Equal([RemedyKind.Residual, RemedyKind.ReluWithHe, RemedyKind.TanhWithXavier], healing.Select(remedy => remedy.Kind));
        Assert.Equal(12, healing[0].Change.Shortcuts.Count);
        Assert.Equal(12, healing[1].Change.Activations.Count);
        Assert.All(healing, remedy => Assert.InRange(remedy.DepthFactorAfter(1)!.Value, 0.05, 20));
        Assert.All(healing, remedy => Assert.Equal(SignalPropagation.PredictWide(remedy.Graph).Layers[0].DepthFactor, remedy.DepthFactorAfter(1)));
    }

    [Fact]
    public void AFittingInitialiserComesFirst()
    {
        foreach (var (activation, depth) in new[]
        {
            (Activations.ReLU, 30), (Activations.Tanh, 30), (Activations.LeakyReLU(0.2), 30), (Activations.GELU, 8), (Activations.SiLU, 8),
        })
        {
            var healing = GradientRemedies.Healing(Stacks.Dense(depth, 128, activation)).ToArray();

            Assert.True(healing.Length > 0, activation.ToString());
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
    public void NormsGoBetweenLinearLayersAndTheirActivations()
    {
        var graph = Stacks.Dense(30, 64, Activations.ReLU);
        var norms = GradientRemedies.Healing(graph).Single(remedy => remedy.Kind == RemedyKind.LayerNorm);

        Assert.Equal(30, norms.Change.Norms.Count);
        Assert.Equal(graph.Nodes.Count + 30, norms.Graph.Nodes.Count);
        Assert.All(norms.Graph.Nodes, node => Assert.True(
            node.Operation is not NormalizationOperation || norms.Graph.Nodes[node.Inputs[0]].Operation is LinearOperation));
    }

    [Fact]
    public void AConvolutionGetsNoNormOverChannels()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        for (var i = 0; i < 20; i++)
        {
            var convolution = new ConvolutionOperation(2, 16, 16, 9, 1, 1, false, WeightInitializer.TorchDefault, BiasInitializer.TorchDefault);
            x = builder.Add(new ActivationOperation(Activations.ReLU), null, builder.Add(convolution, "conv" + i, x));
        }

        var candidates = GradientRemedies.Candidates(builder.Build("Convolutions", builder.Add(Stacks.Linear(64, WeightInitializer.TorchDefault), "head", x))).ToArray();

        Assert.Contains(candidates, remedy => remedy.Kind == RemedyKind.FittingInitializer && remedy.Heals);
        Assert.DoesNotContain(candidates, remedy => remedy.Kind is RemedyKind.LayerNorm or RemedyKind.Residual);
        Assert.Equal(20, candidates.Single(remedy => remedy.Kind == RemedyKind.BatchNorm).Change.Norms.Count);
    }

    [Fact]
    public void BranchesAreScaledByTheRootOfTheirNumber()
    {
        var graph = Stacks.Residual(40, 64, Activations.ReLU, weight: WeightInitializer.Kaiming());
        Assert.False(SignalPropagation.Predict(graph).IsHealthy());

        var scaled = Assert.Single(GradientRemedies.Healing(graph), remedy => remedy.Kind == RemedyKind.ScaledResidual);

        Assert.Equal(40, scaled.Change.Branches.Count);
        Assert.All(scaled.Change.Branches.Values, branch => Assert.Equal((1, 1 / Math.Sqrt(40)), (branch.Input, branch.Scale)));
        Assert.Contains(
            scaled.Graph.Nodes, node => node.Operation is AddOperation { Scales: [1, var factor] } && Math.Abs(factor - (1 / Math.Sqrt(40))) < 1e-12);
    }

    [Fact]
    public void ASumOfTwoHeadsIsNoResidualConnection()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        var left = builder.Add(Stacks.Linear(8, WeightInitializer.TorchDefault), "left", x);
        var right = builder.Add(Stacks.Linear(8, WeightInitializer.TorchDefault), "right", x);
        var sum = builder.Add(AddOperation.OfTwo, null, left, right);
        var trunk = builder.Add(AddOperation.OfTwo, null, builder.Add(Stacks.Linear(8, WeightInitializer.TorchDefault), "branch", sum), sum);

        Assert.Equal(new Dictionary<int, int> { [trunk] = 0 }, ResidualSums.Find(builder.Build("Sums", trunk)));
    }

    [Fact]
    public void TwoChangesOnlyWhereOneIsNotEnough()
    {
        // Neither the scale nor the initialiser alone holds a trunk whose branches are ten times too strong.
        var graph = Stacks.Residual(40, 64, Activations.ReLU, weight: WeightInitializer.Normal(0, 2));
        var healing = GradientRemedies.Healing(graph).Select(remedy => remedy.Kind).ToArray();

        Assert.NotEmpty(healing);
        Assert.All(healing, kind => Assert.True(kind >= RemedyKind.ScaledResidualWithInitializer));
        Assert.DoesNotContain(
            GradientRemedies.Healing(Stacks.Residual(40, 64, Activations.ReLU, weight: WeightInitializer.Kaiming())), remedy => remedy.IsCombined);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AGateKeepsItsActivation(bool isHighway)
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        var gates = new List<int>();
        for (var i = 0; i < 10; i++)
        {
            var gate = builder.Add(new ActivationOperation(Activations.Sigmoid), null, builder.Add(Stacks.Linear(64, WeightInitializer.TorchDefault), "gate" + i, x));
            gates.Add(gate);
            var value = builder.Add(new ActivationOperation(Activations.Sigmoid), null, builder.Add(Stacks.Linear(64, WeightInitializer.TorchDefault), "value" + i, x));
            var product = builder.Add(new MultiplyOperation(), null, gate, value);

            // t * value + (1 - t) * x
            x = isHighway
                ? builder.Add(
                    AddOperation.OfTwo, null, product,
                    builder.Add(new MultiplyOperation(), null, builder.Add(new OffsetOperation(1), null, builder.Add(new ScaleOperation(-1), null, gate)), x))
                : product;
            x = builder.Add(new ActivationOperation(Activations.Sigmoid), null, builder.Add(Stacks.Linear(64, WeightInitializer.TorchDefault), "fc" + i, x));
        }

        var candidates = GradientRemedies
            .Candidates(builder.Build("Gated", builder.Add(Stacks.Linear(64, WeightInitializer.TorchDefault), "head", x))).ToArray();

        // In a highway every activation but the last one is multiplied.
        Assert.Contains(candidates, remedy => remedy.Change.Activations.Count == (isHighway ? 1 : 10));
        Assert.All(candidates, remedy => Assert.DoesNotContain(remedy.Change.Activations.Keys, gates.Contains));
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
