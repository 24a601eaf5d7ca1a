namespace StabilityAnalyzers.GradientFlow.Tests;

public sealed class ActivationMomentsTests
{
    // E[phi^2] and E[phi'^2] at q = 1, from the closed forms and from an independent quadrature.
    [Theory]
    [InlineData("relu", .5, .5)]
    [InlineData("tanh", .39429, .4644)]
    [InlineData("sigmoid", .29338, .04484)]
    [InlineData("elu", .64495, .6681)]
    [InlineData("selu", 1.0, 1.07157)]
    [InlineData("gelu", .42522, .45585)]
    [InlineData("silu", .35578, .37948)]
    [InlineData("softplus", .92125, .29338)]
    [InlineData("erf", .46456, .56941)]
    public void TableAtUnitSecondMoment(string name, double second, double slope)
    {
        var moments = ActivationMoments.Of(All.Single(activation => activation.Name == name), 0, 1);

        Assert.Equal(second, moments.SecondMoment, 1e-5 * 5);
        Assert.Equal(slope, moments.SlopeSecondMoment, 1e-5 * 5);
    }

    [Theory]
    [InlineData(1e-6)]
    [InlineData(.1)]
    [InlineData(1)]
    [InlineData(25)]
    [InlineData(1e6)]
    public void ClosedForms(double q)
    {
        var relu = ActivationMoments.Of(Activations.LeakyReLU(0.1), 0, q);
        Assert.Equal(1, relu.SecondMoment / (q * 1.01 / 2), 1e-9);
        Assert.Equal(1.01 / 2, relu.SlopeSecondMoment, 1e-9);
        Assert.Equal(1, relu.Mean / (Math.Sqrt(q / (2 * Math.PI)) * 0.9), 1e-9);

        var erf = ActivationMoments.Of(Activations.Erf, 0, q);
        Assert.Equal(1, erf.SecondMoment / (2 / Math.PI * Math.Asin(2 * q / (1 + (2 * q)))), 1e-6);
        Assert.Equal(1, erf.SlopeSecondMoment / (4 / Math.PI / Math.Sqrt(1 + (4 * q))), 1e-6);

        var gelu = ActivationMoments.Of(Activations.GELU, 0, q);
        var root = Math.Sqrt(1 + (2 * q));
        var second = (q / 4) + (q / (2 * Math.PI) * (Math.Asin(q / (1 + q)) + (2 * q / ((1 + q) * root))));
        var slope = .25 + (1 / (2 * Math.PI) * (Math.Asin(q / (1 + q)) + (q * (3 + (5 * q)) / ((1 + q) * Math.Pow(1 + (2 * q), 1.5)))));
        Assert.Equal(1, gelu.SecondMoment / second, 1e-6);
        Assert.Equal(1, gelu.SlopeSecondMoment / slope, 1e-6);
    }

    [Fact]
    public void ProductOfTwoSamplesOfReluIsTheArcCosineKernel()
    {
        foreach (var correlation in new[] { -1, -.9, -.3, 0, .2, .7, .95, 1 })
        {
            // Cho and Saul 2009, order 1, for unit variance.
            var theta = Math.Acos(correlation);
            var expected = (Math.Sin(theta) + ((Math.PI - theta) * correlation)) / (2 * Math.PI);

            Assert.Equal(expected, ActivationMoments.Of(Activations.ReLU, 0, 1, correlation).SampleProduct, 1e-3);
        }
    }

    [Fact]
    public void AgreesWithSamplingForEveryActivation()
    {
        var random = new Random(7);
        var samples = Enumerable.Range(0, 200_000)
            .Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))
            .ToArray();
        foreach (var activation in All)
        {
            foreach (var (mean, variance) in new[] { (0.0, 1.0), (0.7, 3.0), (-1.0, 0.2) })
            {
                var expected = ActivationMoments.Of(activation, mean, variance);
                var values = samples.Select(z => activation.Value(mean + (Math.Sqrt(variance) * z))).ToArray();
                var slopes = samples.Select(z => activation.Derivative(mean + (Math.Sqrt(variance) * z))).ToArray();

                AssertClose(expected.Mean, values, v => v, activation);
                AssertClose(expected.SecondMoment, values, v => v * v, activation);
                AssertClose(expected.SlopeSecondMoment, slopes, v => v * v, activation);
            }
        }
    }

    [Fact]
    public void DerivativesAreThoseOfTheValues()
    {
        foreach (var activation in All)
        {
            for (var x = -7.013; x < 7; x += 0.1)
            {
                if (activation.Kinks.Any(kink => Math.Abs(kink - x) < 1e-3))
                {
                    continue;
                }

                var numeric = (activation.Value(x + 1e-5) - activation.Value(x - 1e-5)) / 2e-5;
                Assert.True(Math.Abs(numeric - activation.Derivative(x)) < 1e-6, $"{activation} at {x}: {numeric}, {activation.Derivative(x)}");
            }
        }
    }

    [Fact]
    public void NormalDistributionAgreesWithTheSeries()
    {
        for (var x = -39.0; x < 39; x += 0.00371)
        {
            Assert.Equal(Normal.Exact(x), Normal.Cumulative(x), 1e-12);
        }

        // Abramowitz and Stegun 1964, table 26.1.
        Assert.Equal(0.841344746068543, Normal.Cumulative(1), 1e-12);
        Assert.Equal(0.022750131948179, Normal.Cumulative(-2), 1e-12);
        Assert.Equal(2.866515718791940e-7, Normal.Exact(-5), 1e-20);
    }

    [Fact]
    public void ZeroVarianceIsThePointItself()
    {
        var moments = ActivationMoments.Of(Activations.Sigmoid, 0, 0);

        Assert.Equal(new ActivationMoments(.5, .25, 1.0 / 16, .25, 0, 1.0 / 16), moments);
    }

    // Kinks and jumps far from 0 are where interpolation is worst.
    [Fact]
    public void TableIsInterpolated()
    {
        foreach (var activation in All)
        {
            var table = new ActivationMomentTable(activation);
            foreach (var variance in new[] { 0.013, 0.17, 0.9, 3.3, 41 })
            {
                var exact = ActivationMoments.OfOneSample(activation, 0, variance);
                var read = table.Of(variance);
                Assert.Equal(1, (read.SecondMoment + 1e-6) / (exact.SecondMoment + 1e-6), 0.01);
                Assert.Equal(1, (read.SlopeSecondMoment + 1e-6) / (exact.SlopeSecondMoment + 1e-6), 0.01);
                Assert.Equal(exact.Mean, read.Mean, 0.003 * (1 + Math.Abs(exact.Mean)));
            }
        }
    }

    internal static IReadOnlyList<Activation> All { get; } =
    [
        Activations.Identity, Activations.ReLU, Activations.ReLU6, Activations.Sigmoid, Activations.Tanh, Activations.LogSigmoid,
        Activations.SELU, Activations.GELU, Activations.SiLU, Activations.Mish, Activations.Hardswish, Activations.Hardsigmoid,
        Activations.Softsign, Activations.Tanhshrink, Activations.Erf, Activations.LeakyReLU(), Activations.PReLU(), Activations.RReLU(),
        Activations.ELU(), Activations.CELU(2), Activations.Softplus(), Activations.Hardtanh(), Activations.Hardshrink(),
        Activations.Softshrink(), Activations.Threshold(0.1, 0.1),
    ];

    private static void AssertClose(double expected, double[] samples, Func<double, double> f, Activation activation)
    {
        var values = samples.Select(f).ToArray();
        var mean = values.Average();
        var error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length / values.Length);
        Assert.True(Math.Abs(mean - expected) <= (6 * error) + 1e-6, $"{activation}: predicted {expected}, sampled {mean} +- {error}");
    }
}
