using System.Globalization;

namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>Initialisers of <c>torch.nn.init</c>, as statements with <c>{0}</c> for the weight.</summary>
internal static class InitializerPool
{
    /// <summary>A random initialiser of a weight; null for TorchSharp's default.</summary>
    /// <param name="choice">Decides.</param>
    /// <param name="terms">Terms that add up to one unit.</param>
    /// <param name="defaultRate">How often it is the default.</param>
    public static string? Weight(Choice choice, double terms, double defaultRate = 0.45)
    {
        if (choice.Chance(defaultRate))
        {
            return null;
        }

        // A standard deviation that would keep the signal of a linear layer, times a gain.
        var deviation = Number(choice.Of(0.6, 0.8, 1, 1.2, 1.414, 1.6) / Math.Sqrt(terms));
        var bound = Number(choice.Of(0.8, 1, 1.2, 1.414) * Math.Sqrt(3 / terms));
        return choice.Weighted(
            (3, "@init.xavier_uniform_({0});"),
            (2, "@init.xavier_normal_({0});"),
            (1, "@init.xavier_uniform_({0}, @init.calculate_gain(@init.NonlinearityType.Tanh));"),
            (1, "@init.xavier_normal_({0}, gain: 1.4);"),
            (3, "@init.kaiming_normal_({0}, nonlinearity: @init.NonlinearityType.ReLU);"),
            (2, "@init.kaiming_uniform_({0});"),
            (1, "@init.kaiming_normal_({0}, mode: @init.FanInOut.FanOut, nonlinearity: @init.NonlinearityType.ReLU);"),
            (1, "@init.kaiming_uniform_({0}, Math.Sqrt(5));"),
            (1, "@init.kaiming_uniform_({0}, a: 0.2, nonlinearity: @init.NonlinearityType.LeakyReLU);"),
            (2, "@init.orthogonal_({0});"),
            (1, "@init.orthogonal_({0}, gain: 1.414);"),
            (2, $"@init.normal_({{0}}, 0, {deviation});"),
            (1, $"@init.normal_({{0}}, std: {deviation});"),
            (2, $"@init.uniform_({{0}}, -{bound}, {bound});"));
    }

    /// <summary>A random initialiser of a bias; null to leave it.</summary>
    public static string? Bias(Choice choice) => choice.Weighted(
        (6, (string?)null), (3, "@init.zeros_({0});"), (1, "@init.constant_({0}, 0.0);"), (0.5, "@init.constant_({0}, 0.1);"), (0.5, "@init.normal_({0}, 0, 0.1);"));

    /// <summary>The statements for a module, with <c>{0}</c> for the module.</summary>
    public static IReadOnlyList<string> Of(string? weight, string? bias) =>
        [.. weight is null ? [] : new[] { string.Format(weight, "{0}.weight") }, .. bias is null ? [] : new[] { string.Format(bias, "{0}.bias") }];

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
