namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="ExplodingDetector"/>.</summary>
public sealed record ExplodingOptions : DetectorOptions
{
    /// <summary>Depth factor above which a sign is seen: six depth scales (Schoenholz 2017).</summary>
    public double Info { get; init; } = 20;

    /// <summary>Depth factor above which, together with an effect, it is a fault (AutoTrainer's beta 3).</summary>
    public double Warning { get; init; } = 70;

    /// <summary>
    /// By how much the factor must fall below the threshold, in every sample of the window, before the fault counts as gone.
    /// </summary>
    public double Recovery { get; init; } = 4;

    /// <summary>Samples of which at least half must show the sign, and of which a mean norm is taken.</summary>
    public int Window { get; init; } = 5;

    /// <summary>
    /// By how much the thresholds are raised where the geometry is not known: one value that is used at 10,000 positions
    /// gathers, at random signs, a hundred times the gradient.
    /// </summary>
    public double UnknownGeometry { get; init; } = 100;

    /// <summary>Least RMS of the error signal at the last layer; below it nothing is said.</summary>
    public double MinimumReference { get; init; } = 1e-30;

    /// <summary>Growth of the mean gradient norm from one window to the next that counts (TheDeepChecker).</summary>
    public double Growth { get; init; } = 2;

    /// <summary>How many times running the norm must grow (TheDeepChecker).</summary>
    public int Growths { get; init; } = 3;

    /// <summary>When the loss does not fall, or diverges.</summary>
    public LossTrendOptions Loss { get; init; } = new();

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new ExplodingDetector(this);

    internal override void Validate()
    {
        Require(Info > 0);
        Require(Warning >= Info);
        Require(Recovery >= 1);
        Require(Window >= 1);
        Require(UnknownGeometry >= 1);
        Require(MinimumReference >= 0);
        Require(Growth > 1);
        Require(Growths >= 1);
        Loss.Validate();
    }
}

/// <summary>
/// STAB9002: the gradient explodes. Over depth: a layer's depth factor is far above 1; Info, and Warning if the loss does
/// not fall or diverges. Over time: the norm of the whole gradient doubles again and again while the loss diverges; a
/// norm that grows while the loss falls, as in a warm-up, is no sign.
/// </summary>
public sealed class ExplodingDetector(ExplodingOptions options) : IDetector
{
    private readonly ExplodingOptions _options = options.Validated();
    private const string Remedy =
        "Clip the gradient norm, lower the learning rate, or use the initialiser that fits the activation; in residual "
        + "stacks scale the branches by 1/sqrt(depth).";

    private readonly LossTrend _loss = new(options.Loss);
    private readonly Episode _profileEpisode = new();
    private readonly Episode _growthEpisode = new();
    private readonly SampleWindow _large = new(options.Window);
    private readonly SampleWindow _huge = new(options.Window);
    private readonly SampleWindow _near = new(options.Window);
    private readonly Queue<double> _norms = new();

    /// <summary>The detector with its default thresholds.</summary>
    public ExplodingDetector()
        : this(new ExplodingOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        _loss.Add(step);
        return [.. Profile(run, step), .. Growth(step)];
    }

    private IEnumerable<Finding> Profile(RunInfo run, StepRecord step)
    {
        var profile = GradientProfile.Of(run, step);
        if (profile.Reference is not { } reference || !(reference.ErrorSignalRms >= _options.MinimumReference))
        {
            yield break;
        }

        var worst = profile.Layers
            .Select(layer => DepthFactorEstimate.Of(layer, reference))
            .OfType<DepthFactorEstimate>()
            .Select(factor => (Factor: factor, Allowance: factor.IsExact ? 1 : _options.UnknownGeometry))
            .OrderByDescending(item => item.Factor.Value / item.Allowance)
            .Select(item => ((DepthFactorEstimate Factor, double Allowance)?)item)
            .FirstOrDefault();
        if (worst is not { } candidate)
        {
            yield break;
        }

        var (factor, allowance) = candidate;
        var isLarge = factor.Value > _options.Info * allowance;
        var isHuge = factor.Value > _options.Warning * allowance;
        _large.Add(isLarge);
        _huge.Add(isHuge);
        _near.Add(factor.Value > _options.Info * allowance / _options.Recovery);
        if (_near.Count == 0)
        {
            _profileEpisode.End();
        }

        var hasEffect = _loss.DoesNotFall || _loss.Diverges;
        var severity = isHuge && _huge.Persists && hasEffect ? FindingSeverity.Warning
            : isLarge && _large.Persists ? FindingSeverity.Info
            : (FindingSeverity?)null;
        if (severity is not { } level || !_profileEpisode.Rises(level))
        {
            yield break;
        }

        var threshold = (level == FindingSeverity.Warning ? _options.Warning : _options.Info) * allowance;
        var effect = _loss.Diverges ? ", and the loss diverges"
            : _loss.DoesNotFall ? ", and the loss does not fall"
            : _loss.IsKnown ? "" : "; no loss was recorded, so its effect is not known";
        var message = $"The gradient explodes over depth: {factor.Describe(reference)}{effect}.";
        yield return new Finding(
            RuleIds.ExplodingGradient, level, factor.Layer.Path, step.Step, factor.Value, threshold, message, Remedy);
    }

    private IEnumerable<Finding> Growth(StepRecord step)
    {
        var gradients = step.Parameters.Where(parameter => parameter.Gradient is not null).ToList();
        if (gradients.Count == 0 || gradients.Exists(parameter => !parameter.Gradient!.Value.IsFinite))
        {
            yield break;
        }

        var largest = gradients.MaxBy(parameter => parameter.Gradient!.Value.L2)!;
        var norm = Norm(gradients, largest.Gradient!.Value.L2);
        if (!double.IsFinite(norm))
        {
            yield break;
        }

        _norms.Enqueue(norm);
        var needed = _options.Window * (_options.Growths + 1);
        if (_norms.Count > needed)
        {
            _norms.Dequeue();
        }

        if (_norms.Count < needed)
        {
            yield break;
        }

        // The median of a window: one spike is not growth.
        var medians = _norms.Chunk(_options.Window).Select(window => window.Order().ElementAt(window.Length / 2)).ToArray();
        var grows = medians[0] > 0 && medians.Zip(medians.Skip(1)).All(pair => pair.Second >= _options.Growth * pair.First);
        if (!grows)
        {
            _growthEpisode.End();
            yield break;
        }

        if (!_loss.Diverges || !_growthEpisode.Rises(FindingSeverity.Warning))
        {
            yield break;
        }

        var growth = medians[^1] / medians[0];
        var message = $"The gradient explodes over time: its norm grew {DepthFactorEstimate.Number(growth)} times within {needed} samples, "
            + $"to {DepthFactorEstimate.Number(medians[^1])}, most of it in '{largest.Path}', and the loss diverges.";
        yield return new Finding(
            RuleIds.ExplodingGradient,
            FindingSeverity.Warning,
            largest.Path,
            step.Step,
            growth,
            Math.Pow(_options.Growth, _options.Growths),
            message,
            Remedy);
    }

    /// <summary>Norm of all gradients together; scaled, so that no square overflows.</summary>
    private static double Norm(List<ParameterRecord> gradients, double largest) =>
        largest > 0
            ? largest * Math.Sqrt(gradients.Sum(parameter => Math.Pow(parameter.Gradient!.Value.L2 / largest, 2)))
            : 0;
}
