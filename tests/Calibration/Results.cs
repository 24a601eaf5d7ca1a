using System.Globalization;

namespace Calibration;

/// <summary>One setting at one depth with one optimizer.</summary>
/// <param name="Setting">What was trained.</param>
/// <param name="Optimizer">By what.</param>
/// <param name="Regime">How.</param>
/// <param name="Depth">Number of hidden layers.</param>
/// <param name="Least">log10 of the least predicted depth factor of a layer.</param>
/// <param name="Greatest">log10 of the greatest.</param>
/// <param name="Signal">log10 of the greatest predicted RMS of a layer's output.</param>
/// <param name="Outcomes">How each network fared.</param>
internal sealed record Measurement(
    Setting Setting, string Optimizer, Regime Regime, int Depth, double Least, double Greatest, double Signal, Outcome[] Outcomes)
{
    public string Key => KeyOf(Setting, Optimizer, Regime, Depth);

    public int Trained => Outcomes.Count(outcome => outcome.Trains);

    public static string KeyOf(Setting setting, string optimizer, Regime regime, int depth) =>
        FormattableString.Invariant($"{setting.Architecture},{setting.Activation},{setting.Initializer},{optimizer},{regime.RateFactor},{regime.Steps},{regime.Batch},{depth}");

    public string ToRow() => string.Join(
        ",",
        Key,
        Text(Least),
        Text(Greatest),
        Text(Signal),
        string.Join(' ', Outcomes.Select(outcome => (outcome.Trains ? "+" : outcome.Finite ? "-" : "x") + outcome.Steps)));

    public static Measurement Parse(string row)
    {
        var cells = row.Split(',');
        return new Measurement(
            new Setting(cells[1], cells[2], cells[0] == "residual"),
            cells[3],
            new Regime(Number(cells[4]), Whole(cells[5]), Whole(cells[6])),
            Whole(cells[7]),
            Number(cells[8]),
            Number(cells[9]),
            Number(cells[10]),
            [.. cells[11].Split(' ').Select(text => new Outcome(text[0] == '+', Whole(text[1..]), text[0] != 'x'))]);
    }

    private static string Text(double value) => value.ToString("F4", CultureInfo.InvariantCulture);

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>A file of measurements that grows line by line, so that a run that is stopped loses nothing.</summary>
internal sealed class Results
{
    private const string Header =
        "architecture,activation,initializer,optimizer,rate_factor,steps,batch,depth,log10_least_factor,log10_greatest_factor,log10_greatest_signal,outcomes";

    private readonly string path;
    private readonly Dictionary<string, Measurement> measurements = [];

    public Results(string path)
    {
        this.path = path;
        if (!File.Exists(path))
        {
            File.WriteAllText(path, Header + "\n");
        }

        foreach (var row in File.ReadLines(path).Skip(1).Where(row => row.Length > 0))
        {
            var measurement = Measurement.Parse(row);
            measurements[measurement.Key] = measurement;
        }
    }

    public IReadOnlyCollection<Measurement> All => measurements.Values;

    /// <summary>What is on file, or else what is measured now.</summary>
    public Measurement Get(Setting setting, string optimizer, Regime regime, int depth)
    {
        if (!measurements.TryGetValue(Measurement.KeyOf(setting, optimizer, regime, depth), out var measurement))
        {
            var prediction = setting.Predict(depth);
            measurement = new Measurement(
                setting,
                optimizer,
                regime,
                depth,
                Math.Log10(prediction.Weakest!.DepthFactor!.Value),
                Math.Log10(prediction.Strongest!.DepthFactor!.Value),
                Math.Log10(Math.Sqrt(prediction.Layers.Max(layer => layer.SecondMoment!.Value))),
                Training.Run(setting, depth, optimizer, regime));
            measurements[measurement.Key] = measurement;
            File.AppendAllText(path, measurement.ToRow() + "\n");
        }

        return measurement;
    }
}
