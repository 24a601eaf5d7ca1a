using System.Collections.Concurrent;

namespace StabilityAnalyzers.GradientFlow;

/// <summary>What an activation makes of a normal pre-activation z.</summary>
/// <param name="Mean">E[phi(z)].</param>
/// <param name="SecondMoment">E[phi(z)^2].</param>
/// <param name="SlopeSecondMoment">E[phi'(z)^2], the factor on the error signal's second moment on the way back.</param>
/// <param name="SampleProduct">E[phi(z_a) phi(z_b)] for two samples whose pre-activations are correlated.</param>
/// <param name="Alignment">
/// E[z phi'(z) phi(z)] / E[phi(z)^2]: how far a change along z itself changes phi(z) along itself; 1 for every positively
/// homogeneous activation.
/// </param>
/// <param name="FourthMoment">E[phi(z)^4]; how far the mean of phi^2 over a layer of finite width strays.</param>
public readonly record struct ActivationMoments(
    double Mean, double SecondMoment, double SlopeSecondMoment, double SampleProduct, double Alignment, double FourthMoment)
{
    /// <summary>
    /// Highest order of the Hermite expansion that gives the product of two samples; the rest of the second moment is put
    /// on the next order, so that the result is exact for correlations 0 and 1.
    /// </summary>
    private const int HermiteOrders = 24;

    /// <summary>Expectations that are kept: an editor asks for those of the same layers after every edit.</summary>
    private const int MostKnown = 20_000;

    private static readonly double[] Roots = Enumerable.Range(0, HermiteOrders + 2).Select(k => Math.Sqrt(k)).ToArray();

    private static readonly ConcurrentDictionary<(Activation, double, double, double, int), ActivationMoments> Known = new();

    /// <summary>Expectations over z ~ N(mean, variance), by quadrature (about 1e-9 relative for smooth activations).</summary>
    /// <param name="activation">The activation.</param>
    /// <param name="mean">Mean of the pre-activation.</param>
    /// <param name="variance">Variance of the pre-activation, at least 0.</param>
    /// <param name="correlation">Correlation of the pre-activations of two samples, from -1 to 1.</param>
    public static ActivationMoments Of(Activation activation, double mean, double variance, double correlation = 0) =>
        Of(activation, mean, variance, correlation, HermiteOrders);

    /// <summary>The same without the product of two samples, which is 0 in the result: several times faster.</summary>
    internal static ActivationMoments OfOneSample(Activation activation, double mean, double variance) =>
        Of(activation, mean, variance, 0, -1) with { SampleProduct = 0 };

    private static ActivationMoments Of(Activation activation, double mean, double variance, double correlation, int orders)
    {
        var key = (activation, mean, variance, correlation, orders);
        if (Known.TryGetValue(key, out var known))
        {
            return known;
        }

        if (Known.Count >= MostKnown)
        {
            Known.Clear();
        }

        return Known[key] = Integrate(activation, mean, variance, correlation, orders);
    }

    private static ActivationMoments Integrate(Activation activation, double mean, double variance, double correlation, int orders)
    {
        if (!(variance > 0))
        {
            var value = activation.Value(mean);
            var slope = activation.Derivative(mean);
            return new ActivationMoments(value, value * value, slope * slope, value * value, value == 0 ? 0 : mean * slope / value, Math.Pow(value, 4));
        }

        var std = Math.Sqrt(variance);
        double first = 0, second = 0, slopes = 0, aligned = 0, fourth = 0;
        var coefficients = new double[orders + 1];
        foreach (var (z, weight) in GaussianQuadrature.Points(mean, std, activation.Kinks))
        {
            var x = mean + (std * z);
            var value = activation.Value(x);
            var slope = activation.Derivative(x);
            first += weight * value;
            second += weight * value * value;
            fourth += weight * value * value * value * value;
            slopes += weight * slope * slope;
            aligned += weight * x * slope * value;
            Accumulate(coefficients, z, weight * value);
        }

        return new ActivationMoments(
            first, second, slopes, ProductOfTwoSamples(coefficients, second, correlation), second > 0 ? aligned / second : 0, fourth);
    }

    // Adds f(z) w times the normalised Hermite polynomials he_k(z) = He_k(z) / sqrt(k!).
    private static void Accumulate(double[] coefficients, double z, double weightedValue)
    {
        double previous = 0, current = 1;
        for (var k = 0; k < coefficients.Length; k++)
        {
            coefficients[k] += weightedValue * current;
            var next = ((z * current) - (Roots[k] * previous)) / Roots[k + 1];
            previous = current;
            current = next;
        }
    }

    // Mehler: E[f(u) f(v)] = sum over k of a_k^2 rho^k for standard normal u, v with correlation rho.
    private static double ProductOfTwoSamples(double[] coefficients, double second, double correlation)
    {
        double sum = 0, covered = 0, power = 1;
        foreach (var coefficient in coefficients)
        {
            sum += coefficient * coefficient * power;
            covered += coefficient * coefficient;
            power *= correlation;
        }

        return sum + (Math.Max(0, second - covered) * power);
    }
}
