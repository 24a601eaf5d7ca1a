using System.Globalization;

namespace Calibration;

/// <summary>The tables of the documentation, from the measurements.</summary>
internal static class Report
{
    public static void Write(IReadOnlyCollection<Measurement> measurements, TextWriter output)
    {
        output.WriteLine("| What | Optimizer | Last value at which most train | First value at which none trains | One in ten trains at |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var group in Group.Of(measurements))
        {
            var falls = group.Curve.Slope > 0;
            var trained = group.Points.Where(point => 2 * point.Trained > point.All).Select(point => point.X).ToArray();

            // None trains there, nor further on.
            var last = group.Points.Where(point => point.Trained > 0).Select(point => point.X).ToArray();
            var none = group.Points.Select(point => point.X)
                .Where(x => last.Length == 0 || (falls ? x < last.Min() : x > last.Max())).ToArray();
            output.WriteLine(
                $"| {group.Panel} | {group.Name} | {(trained.Length == 0 ? "" : Power(falls ? trained.Min() : trained.Max()))} "
                + $"| {(none.Length == 0 ? "not reached" : Power(falls ? none.Max() : none.Min()))} | {(none.Length == 0 ? "" : Power(group.Curve.Limit))} |");
        }

        output.WriteLine();
        output.WriteLine("| Network | Initialiser | Optimizer | Learning rate x | Steps | Batch | log10 of the depth factor: networks of 5 that train |");
        output.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var group in measurements
            .GroupBy(measurement => (measurement.Setting, measurement.Optimizer, measurement.Regime))
            .OrderBy(group => group.Key.Setting.Architecture, StringComparer.Ordinal).ThenBy(group => group.Key.Setting.Activation, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Setting.Initializer, StringComparer.Ordinal).ThenBy(group => Array.IndexOf(Design.Optimizers, group.Key.Optimizer))
            .ThenBy(group => group.Key.Regime.ToString(), StringComparer.Ordinal))
        {
            var (setting, optimizer, regime) = group.Key;
            var cells = group.OrderBy(measurement => measurement.Depth)
                .Select(measurement => $"{Text(-measurement.Least > measurement.Greatest ? measurement.Least : measurement.Greatest)}: {measurement.Trained}");
            output.WriteLine(FormattableString.Invariant(
                $"| {setting.Architecture} {setting.Activation} | {setting.Initializer} | {optimizer} | {regime.RateFactor} | {regime.Steps} | {regime.Batch} | {string.Join(", ", cells)} |"));
        }
    }

    private static string Power(double x) => "1e" + Text(x);

    private static string Text(double x) => x.ToString("F1", CultureInfo.InvariantCulture);
}
