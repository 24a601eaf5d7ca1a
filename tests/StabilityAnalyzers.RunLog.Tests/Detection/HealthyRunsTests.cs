namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>What must not be reported. Each sequence is one that healthy training shows.</summary>
public class HealthyRunsTests
{
    [Fact]
    public void HealthyTraining() =>
        AssertNothing(Sequence.Square, Sequence.Steps(500, i => Sequence.Step(i, 0.6 + (0.2 * Math.Sin(i)), loss: Sequence.Falling(i))));

    [Fact]
    public void WideLayerBeforeANarrowHead_Predicted()
    {
        // Linear(4608, 1): the geometry alone makes 0.0085. Not even a loss that stays makes a fault of it.
        var run = Some.Run(new("first", "Linear", 0.0085, 0.577), new("head", "Linear", 1, 1));

        AssertNothingOfLayers(run, Sequence.Steps(100, i => Sequence.Step(i, 0.0085, loss: Sequence.Flat(i), firstWidth: 4608)));
    }

    [Fact]
    public void WideLayerBeforeANarrowHead_NotPredicted() =>
        AssertNothingOfLayers(Sequence.Unpredicted, Sequence.Steps(100, i => Sequence.Step(i, 0.0085, loss: Sequence.Flat(i), firstWidth: 4608)));

    [Fact]
    public void NarrowLayerBeforeAWideHead_NotPredicted() =>
        AssertNothingOfLayers(Sequence.Unpredicted, Sequence.Steps(100, i => Sequence.Step(i, 75, loss: Sequence.Flat(i), headWidth: 4608)));

    [Fact]
    public void GlobalAveragePool_NotPredicted() =>
        AssertNothingOfLayers(
            Sequence.Unpredicted,
            Sequence.Steps(100, i => Sequence.Step(i, 0.6 / (49 * 8), loss: Sequence.Flat(i), firstWidth: 49 * 64)));

    [Fact]
    public void OnlyTheDepthFactorIsPredicted_WideLayerBeforeANarrowHead()
    {
        var run = Some.Run(new("first", "Linear", null, 0.577), new("head", "Linear", null, 1));

        AssertNothingOfLayers(run, Sequence.Steps(100, i => Sequence.Step(i, 0.0085, loss: Sequence.Flat(i), firstWidth: 4608)));
    }

    [Fact]
    public void NormsThatGrowInAWarmUp()
    {
        foreach (var loss in new Func<int, double?>[] { i => Sequence.Falling(i), i => Sequence.Flat(i), _ => null })
        {
            AssertNothingOfLayers(
                Sequence.Square,
                Sequence.Steps(200, i => Sequence.Step(i, 0.6, loss: loss(i), gradient: Math.Pow(2.3, Math.Min(i, 60) / 5.0))));
        }
    }

    [Theory]
    [InlineData(1e-9, 1)]
    [InlineData(1e9, 1)]
    [InlineData(1, 1e9)]
    [InlineData(0, 1)]
    public void OneOffSpike(double first, double gradient) =>
        AssertNothingOfLayers(Sequence.Square, Sequence.Steps(200, i => i % 40 == 17
            ? Sequence.Step(i, first, loss: Sequence.Flat(i), gradient: gradient)
            : Sequence.Step(i, 0.5, loss: Sequence.Flat(i))));

    [Fact]
    public void RatioThatDipsNowAndThen() =>
        AssertNothingOfLayers(Sequence.Square, Sequence.Steps(200, i => Sequence.Step(i, i % 5 < 2 ? 1e-4 : 0.3, loss: Sequence.Flat(i))));

    [Fact]
    public void NoErrorAtTheLastLayer() =>
        AssertNothingOfLayers(Sequence.Square, Sequence.Steps(100, i => Sequence.Step(i, 0, head: 0, loss: Sequence.Flat(i))));

    [Fact]
    public void ErrorAtTheLastLayerOnly_AfterEverythingIsLearnt() =>
        AssertNothing(Sequence.Square, Sequence.Steps(100, i => Sequence.Step(i, 0, head: 1e-36, loss: Sequence.Falling(i))));

    [Fact]
    public void SmallDepthFactorWhileTheLossFalls_IsNoWarning() =>
        AssertNoWarning(Sequence.Square, Sequence.Steps(60, i => Sequence.Step(i, 1e-5, loss: Sequence.Falling(i))));

    [Fact]
    public void SmallDepthFactorAfterTheTrainingHasConverged_IsNoWarning() =>
        AssertNoWarning(Sequence.Square, Sequence.Steps(1000, i => Sequence.Step(i, 1e-5, loss: Sequence.Falling(i))));

    [Fact]
    public void SmallDepthFactorWithoutALoss_IsNoWarning() =>
        AssertNoWarning(Sequence.Square, Sequence.Steps(200, i => Sequence.Step(i, 1e-9)));

    [Fact]
    public void SmallDepthFactorWhileTheLearningRateWarmsUp_IsNoWarning() =>
        AssertNoWarning(Sequence.Square, Sequence.Steps(400, i => Sequence.Step(i, 1e-4, loss: i < 80 ? Sequence.Flat(i) : Sequence.Falling(i - 80))));

    [Fact]
    public void FourDefaultReluLayers_AreNoWarning() =>
        AssertNoWarning(Sequence.Square, Sequence.Steps(200, i => Sequence.Step(i, 0.028, loss: Sequence.Flat(i))));

    [Fact]
    public void LargeDepthFactorWhileTheLossFalls_IsNoWarning() =>
        AssertNoWarning(Sequence.Square, Sequence.Steps(60, i => Sequence.Step(i, 500, loss: Sequence.Falling(i))));

    [Fact]
    public void LayerThatIsCalledManyTimes_NotPredicted() =>
        AssertNothingOfLayers(Sequence.Unpredicted, Sequence.Steps(100, i => Sequence.Step(i, 1e-9, loss: Sequence.Flat(i), calls: 50)));

    [Fact]
    public void LayersThatAreNotSeen() =>
        AssertNothingOfLayers(Sequence.Square, Sequence.Steps(100, i => Sequence.Step(i, 1, loss: Sequence.Flat(i)) with { Layers = [] }));

    [Fact]
    public void ErrorSignalsThatAreNotSeen() =>
        AssertNothingOfLayers(Sequence.Square, Sequence.Steps(100, i => Sequence.Step(i, 1, loss: Sequence.Flat(i)) with
        {
            Layers = [new("first", null), new("head", null)],
        }));

    [Fact]
    public void ModelOfOneLayer() =>
        AssertNothingOfLayers(
            Some.Run(new LayerInfo("head", "Linear", 1, 1)),
            Sequence.Steps(100, i => Some.Step(
                i, Sequence.Flat(i), [new("head.weight", Some.Uniform(1e-12))], [new("head", Some.Uniform(1e-12))])));

    [Fact]
    public void FrozenParameters() =>
        AssertNothingWithFirst(_ => new ParameterRecord("first.weight", null, 1, RequiresGrad: false));

    [Fact]
    public void FrozenParametersWithAGradientOfZeros() =>
        AssertNothingWithFirst(_ => new ParameterRecord("first.weight", Some.Uniform(0), 1, RequiresGrad: false));

    [Fact]
    public void ParametersOfWhichItIsNotKnownWhetherTheyAreFrozen() =>
        AssertNothingWithFirst(_ => new ParameterRecord("first.weight", null));

    [Fact]
    public void ParametersWithAGradientOfZeros() =>
        AssertNothingWithFirst(_ => new ParameterRecord("first.weight", Some.Uniform(0), 1, true));

    [Fact]
    public void LayerThatIsLeftOutAtRandom()
    {
        var random = new Random(1);
        AssertNothingWithFirst(i => new ParameterRecord("first.weight", random.Next(2) == 0 ? null : Some.Uniform(1), 1, true));
    }

    [Fact]
    public void LayerThatIsUsedOnlyAtTheBeginning() =>
        AssertNothingWithFirst(i => new ParameterRecord("first.weight", i == 0 ? Some.Uniform(1) : null, 1, true));

    [Fact]
    public void LayerThatIsFrozenUntilLater() =>
        AssertNothingWithFirst(i => new ParameterRecord("first.weight", i < 50 ? null : Some.Uniform(1), 1, i >= 50));

    [Fact]
    public void LargeFiniteNumbers() =>
        AssertNothingOfLayers(Sequence.Square, Sequence.Steps(100, i => Sequence.Step(i, 1e30, head: 1e30, loss: 1e300, gradient: 1e30)));

    [Fact]
    public void ModelWithoutParameters() => AssertNothingOfLayers(Some.Run(), Sequence.Steps(100, i => Some.Step(i, 1)));

    [Fact]
    public void OddNumbers_ThrowNowhereAndGiveNoFindingOfNothing()
    {
        double[] odd =
        [
            0, -0.0, 1, 1e-300, 5e-324, 1e300, double.MaxValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e-30, -1,
        ];
        var random = new Random(7);
        double Odd() => odd[random.Next(odd.Length)];
        TensorStatistics? Statistics() => random.Next(5) == 0
            ? null
            : new TensorStatistics(random.Next(4), Odd(), Odd(), Odd(), Odd(), Odd(), Odd(), Odd(), random.Next(4), random.Next(3) / 2);
        double? Maybe() => random.Next(3) == 0 ? null : Odd();
        bool? Perhaps() => random.Next(3) switch { 0 => null, 1 => true, _ => false };
        for (var n = 0; n < 300; n++)
        {
            var run = Some.Run(
                new("first", "Linear", Maybe(), Maybe()), new("first", "Linear", 1, 1), new("head", "Linear", Maybe(), Maybe()));
            foreach (var set in new[] { DetectorSet.Default(), DetectorSet.Classic() })
            {
                foreach (var step in Sequence.Steps(60, i => Some.Step(
                    i,
                    Maybe(),
                    [new("first.weight", Statistics(), Maybe(), Perhaps()), new("", Statistics(), null, Perhaps()), new(".", null)],
                    [new("first", Statistics(), random.Next(3)), new("other", Statistics()), new("head", Statistics())])))
                {
                    var findings = set.Observe(run, step);
                    Assert.All(findings, finding =>
                    {
                        Assert.False(double.IsNaN(finding.Value));
                        Assert.NotEmpty(finding.Message);
                    });
                }

                Assert.Empty(set.Failures);
            }
        }
    }

    /// <summary>A healthy training in which the weight of the first layer is another.</summary>
    private static void AssertNothingWithFirst(Func<int, ParameterRecord> first) =>
        AssertNothing(Sequence.Square, Sequence.Steps(500, i =>
        {
            var healthy = Sequence.Step(i, 0.6, loss: Sequence.Falling(i));
            return healthy with { Parameters = [first(i), healthy.Parameters[1]] };
        }));

    private static void AssertNothing(RunInfo run, IEnumerable<StepRecord> steps) => Assert.Empty(Sequence.Findings(run, steps));

    /// <summary>The loss stays where it is in these runs, or the gradient jumps, and that is said; nothing else is.</summary>
    private static void AssertNothingOfLayers(RunInfo run, IEnumerable<StepRecord> steps) =>
        Assert.DoesNotContain(
            Sequence.Findings(run, steps), finding => finding.RuleId is not (RuleIds.LossPlateau or RuleIds.Spike));

    private static void AssertNoWarning(RunInfo run, IEnumerable<StepRecord> steps) =>
        Assert.DoesNotContain(Sequence.Findings(run, steps), finding => finding.Severity != FindingSeverity.Info);
}
