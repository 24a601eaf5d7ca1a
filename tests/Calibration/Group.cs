namespace Calibration;

/// <summary>Measurements that one limit follows from.</summary>
/// <param name="Panel">What is drawn together.</param>
/// <param name="Name">Name of the optimizers.</param>
/// <param name="Points">For each value, the networks that trained in the regime that trained most, of all that were tried in it.</param>
/// <param name="Curve">The fitted curve.</param>
internal sealed record Group(string Panel, string Name, IReadOnlyList<(double X, int Trained, int All)> Points, Curve Curve)
{
    private const string Rectifiers = "Vanishing: relu, gelu, silu", Tanh = "Vanishing: tanh", Sigmoid = "Vanishing: sigmoid";
    private const string Chaos = "Exploding: tanh", Scale = "Exploding: relu, gelu, silu; times the signal";

    /// <summary>The groups of a set of measurements.</summary>
    public static IReadOnlyList<Group> Of(IEnumerable<Measurement> measurements) =>
    [
        .. from measurement in measurements
           let family = measurement.Optimizer switch { "SGD" or "momentum" => "SGD", "RMSprop" => "RMSProp", _ => "Adam, AdamW" }
           let explodes = measurement.Setting.Residual || measurement.Setting.Initializer.StartsWith("gain", StringComparison.Ordinal)
           let panel = (explodes, measurement.Setting.Activation) switch
           {
               (false, "tanh") => Tanh,
               (false, "sigmoid") => Sigmoid,
               (false, _) => Rectifiers,
               (true, "tanh") => Chaos,
               _ => Scale,
           }

           // What does not shrink says nothing of shrinking.
           where explodes || measurement.Least < -1
           let x = !explodes ? measurement.Least : panel == Chaos ? Math.Max(0, measurement.Greatest) : Math.Max(0, measurement.Greatest) + Math.Max(0, measurement.Signal)
           group (x: Math.Round(x, 2), measurement) by (panel, family) into found
           orderby Array.IndexOf([Rectifiers, Tanh, Sigmoid, Chaos, Scale], found.Key.panel), found.Key.family descending
           select Make(found.Key.panel, found.Key.family, found),
    ];

    private static Group Make(string panel, string family, IEnumerable<(double X, Measurement Measurement)> found)
    {
        var points = found.GroupBy(item => item.X)
            .Select(group => group.OrderByDescending(item => item.Measurement.Trained).First())
            .Select(item => (item.X, item.Measurement.Trained, item.Measurement.Outcomes.Length))
            .OrderBy(point => point.X)
            .ToArray();
        var sign = panel.StartsWith("Vanishing", StringComparison.Ordinal) ? 1 : -1;

        // A value that was tried in less tolerant regimes only: further on more networks train than here.
        var envelope = points.Where(point => !points.Any(other => sign * other.X < sign * point.X && other.Trained > point.Trained)).ToArray();
        return new Group(panel, family, envelope, Curve.Fit(envelope, sign));
    }
}
