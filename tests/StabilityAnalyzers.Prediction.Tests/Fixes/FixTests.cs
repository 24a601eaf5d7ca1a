namespace StabilityAnalyzers.Tests.Fixes;

/// <summary>
/// What the titles of fixes promise, held against TorchSharp. Many more: <c>dotnet run -c Release --project
/// tests/StabilityAnalyzers.Prediction.Tests -- fixes</c>.
/// </summary>
public sealed class FixTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(30)]
    [InlineData(100)]
    [InlineData(25)]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(17)]
    [InlineData(27)]
    [InlineData(36)]
    [InlineData(56)]
    public async Task EveryFixDoesWhatItsTitleSays(int seed)
    {
        var model = FaultyModels.Generate(seed);
        var trials = await FixTrial.AllOf(model.Source, model.Input);

        foreach (var trial in trials)
        {
            output.WriteLine(FormattableString.Invariant($"{trial.Key}: {trial.Title}, measured {trial.MeasuredLogAfter:0.00}"));
        }

        Assert.Contains(trials, trial => trial.MeasuredLogAfter is not null);
        Assert.All(trials, trial => Assert.Null(trial.Problem));
    }

    [Theory]
    [InlineData("Initialise with He (gradient at 'net.fc0': 4.0E-18 -> 0.90)", "Gradient", "net.fc0", -17.4, -0.05)]
    [InlineData("Put LayerNorm before the activations (output of '3': 1000 -> 1.0)", "Output", "3", 3, 0)]
    [InlineData("Start 'lstm' with a forget-gate bias of 1 (horizon of 'lstm': 6.6 -> 17 time steps)", "Horizon", "lstm", 0.82, 1.23)]
    public void TheFiguresOfATitleAreRead(string title, string figure, string layer, double before, double after)
    {
        var promise = FixPromise.Of(title)!;

        Assert.Equal((figure, layer), (promise.Figure.ToString(), promise.Layer));
        Assert.Equal(before, promise.LogBefore, 0.01);
        Assert.Equal(after, promise.LogAfter, 0.01);
    }

    [Fact]
    public void ATitleWithoutFiguresPromisesNothing() => Assert.Null(FixPromise.Of("Dispose of the scope"));
}
