namespace StabilityAnalyzers.Tests.Fixes;

/// <summary>
/// What the titles of fixes promise, held against TorchSharp. Many more: <c>dotnet run -c Release --project
/// tests/StabilityAnalyzers.Prediction.Tests -- fixes</c>.
/// </summary>
public sealed class FixTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
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
    [InlineData("Initialise with He (gradient at 'net.fc0': 4.0E-18 -> 0.90)", false, "net.fc0", -17.4, -0.05)]
    [InlineData("Put LayerNorm before the activations (output of '3': 1000 -> 1.0)", true, "3", 3, 0)]
    public void TheFiguresOfATitleAreRead(string title, bool isOutput, string layer, double before, double after)
    {
        var promise = FixPromise.Of(title)!;

        Assert.Equal((isOutput, layer), (promise.IsOutput, promise.Layer));
        Assert.Equal(before, promise.LogBefore, 0.01);
        Assert.Equal(after, promise.LogAfter, 0.01);
    }

    [Fact]
    public void ATitleWithoutFiguresPromisesNothing() => Assert.Null(FixPromise.Of("Dispose of the scope"));
}
