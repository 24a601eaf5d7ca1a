namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="MissingGradientDetector"/>.</summary>
public sealed record MissingGradientOptions : DetectorOptions
{
    /// <summary>
    /// Samples without any gradient, from the first on, until a layer counts as one that never gets one. More than the
    /// published 3 (SageMaker Debugger), because layers that are left out at random must not be among them.
    /// </summary>
    public int Samples { get; init; } = 10;

    /// <summary>The same for a whole model without a gradient, which nothing random explains.</summary>
    public int SamplesOfModel { get; init; } = 3;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new MissingGradientDetector(this);

    internal override void Validate()
    {
        Require(Samples >= 1);
        Require(SamplesOfModel >= 1);
    }
}

/// <summary>
/// STAB9005: parameters that ask for a gradient and have never got one. Warning if their layer was called in all these
/// steps, so that its output was used and the gradient was cut off; Info if it was not seen to be called, as an unused
/// head or a rarely chosen expert. Frozen parameters, and parameters of which it is not known whether they are frozen,
/// are left out; so is a gradient of zeros.
/// </summary>
public sealed class MissingGradientDetector(MissingGradientOptions options) : IDetector
{
    private readonly MissingGradientOptions _options = options.Validated();
    private const string Remedy =
        "Look for detach(), no_grad(), item() or a copy between this layer and the loss, and whether its output is used; "
        + "freeze it (requires_grad = false) if it is not to be trained.";

    private readonly Dictionary<string, Track> _tracks = new(StringComparer.Ordinal);
    private int _stepsWithoutAny;
    private bool _modelIsReported;

    /// <summary>The detector with its default thresholds.</summary>
    public MissingGradientDetector()
        : this(new MissingGradientOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        var asking = step.Parameters.Where(parameter => parameter.RequiresGrad == true).ToList();
        if (asking.Count > 0 && step.Parameters.All(parameter => parameter.Gradient is null))
        {
            return WholeModel(step, asking.Count);
        }

        _stepsWithoutAny = 0;
        _modelIsReported = false;
        var findings = new List<Finding>();
        var called = step.Layers.Select(layer => layer.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var layer in step.Parameters.GroupBy(parameter => ModuleOf(parameter.Path), StringComparer.Ordinal))
        {
            Observe(layer.Key, [.. layer], called.Contains(layer.Key), step.Step, findings);
        }

        return findings;
    }

    private static string ModuleOf(string parameter) =>
        parameter.LastIndexOf('.') is var point and > 0 ? parameter[..point] : "";

    private IReadOnlyList<Finding> WholeModel(StepRecord step, int parameters)
    {
        if (++_stepsWithoutAny < _options.SamplesOfModel || _modelIsReported)
        {
            return [];
        }

        _modelIsReported = true;
        return
        [
            new Finding(
                RuleIds.MissingGradient,
                FindingSeverity.Warning,
                null,
                step.Step,
                _stepsWithoutAny,
                _options.SamplesOfModel,
                $"None of the {parameters} parameters that ask for a gradient had one in {_stepsWithoutAny} recorded steps.",
                "Record after backward() and before the gradients are set to null; look whether the loss depends on this model."),
        ];
    }

    /// <summary>One layer: reported as a whole if all of it lacks a gradient, else parameter by parameter.</summary>
    private void Observe(string module, List<ParameterRecord> parameters, bool isCalled, long step, List<Finding> findings)
    {
        var due = new List<(ParameterRecord Parameter, Track Track)>();
        foreach (var parameter in parameters)
        {
            if (!_tracks.TryGetValue(parameter.Path, out var track))
            {
                _tracks.Add(parameter.Path, track = new Track());
            }

            if (parameter.Gradient is not null)
            {
                track.HasHadOne = true;
            }

            var isMissing = parameter is { RequiresGrad: true, Gradient: null } && !track.HasHadOne;
            track.Missing = isMissing ? track.Missing + 1 : 0;
            track.Called = isMissing && isCalled ? track.Called + 1 : 0;
            if (track.Missing >= _options.Samples && !track.IsReported)
            {
                due.Add((parameter, track));
            }
        }

        if (due.Count == 0)
        {
            return;
        }

        due.ForEach(item => item.Track.IsReported = true);
        var asking = parameters.Count(parameter => parameter.RequiresGrad == true);
        if (module.Length > 0 && due.Count == asking)
        {
            findings.Add(Missing(module, due[0].Track, step));
            return;
        }

        findings.AddRange(due.Select(item => Missing(item.Parameter.Path, item.Track, step)));
    }

    private Finding Missing(string path, Track track, long step)
    {
        var isCut = track.Called >= _options.Samples;
        var message = isCut
            ? $"'{path}' was called in {track.Missing} recorded steps and never got a gradient: it is not updated."
            : $"'{path}' got no gradient in {track.Missing} recorded steps, and was not seen to be called in all of them: "
                + "it is not updated.";
        var severity = isCut ? FindingSeverity.Warning : FindingSeverity.Info;
        return new Finding(RuleIds.MissingGradient, severity, path, step, track.Missing, _options.Samples, message, Remedy);
    }

    private sealed class Track
    {
        public bool HasHadOne { get; set; }

        public int Missing { get; set; }

        public int Called { get; set; }

        public bool IsReported { get; set; }
    }
}
