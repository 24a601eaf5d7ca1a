using StabilityAnalyzers.RunLog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>One training with its recorder.</summary>
internal sealed record Trial
{
    public required string Name { get; init; }

    public required Func<TrainingTask> Task { get; init; }

    public required Func<TrainingTask, nn.Module<Tensor, Tensor>> Model { get; init; }

    public Func<IEnumerable<Parameter>, double, optim.Optimizer> Optimizer { get; init; } = (parameters, rate) => optim.Adam(parameters, rate);

    public double Rate { get; init; } = 2e-3;

    public int Steps { get; init; } = 600;

    public int BatchSize { get; init; } = 32;

    /// <summary>Times the learning rate, for each step as a share of all.</summary>
    public Func<double, double> Schedule { get; init; } = _ => 1;

    public double? Clip { get; init; }

    /// <summary>What the optimizer is given; by default all parameters.</summary>
    public Func<nn.Module, IEnumerable<Parameter>> Trained { get; init; } = model => model.parameters();

    /// <summary>What happens to a batch before the step.</summary>
    public Func<int, Tensor, Tensor, (Tensor Input, Tensor Target)> Batch { get; init; } = (_, input, target) => (input, target);

    /// <summary>Samples that are used again and again; null for new ones in each step.</summary>
    public int? DataSet { get; init; }

    /// <summary>Rules of which one must be reported; none for a healthy training.</summary>
    public string[] Expected { get; init; } = [];

    public Outcome Run(int seed)
    {
        using DisposeScope all = NewDisposeScope();
        manual_seed(seed);
        TrainingTask task = Task();
        using nn.Module<Tensor, Tensor> model = Model(task);
        using optim.Optimizer optimizer = Optimizer(Trained(model), Rate);
        DetectorPreset preset = DetectorPreset.Default
            .With(new InitialLossOptions { Expected = task.InitialLoss })
            .With(new ClipEngagementOptions { MaxNorm = Clip });
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory with { Detection = preset });
        (Tensor Input, Tensor Target)? data = DataSet is { } size ? task.Batch(size) : null;
        (Tensor Input, Tensor Target) validation = task.Batch(256);
        var losses = new List<double>();
        for (int step = 0; step < Steps; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            foreach (optim.ILearningRateController group in optimizer.ParamGroups)
            {
                group.LearningRate = Rate * Schedule((double)step / Steps);
            }

            (Tensor input, Tensor target) = Draw(data, task, step);
            optimizer.zero_grad();
            Tensor loss = task.Loss(model.call(input), target);
            loss.backward();
            losses.Add(loss.item<float>());
            if (Clip is { } norm)
            {
                recorder.Record(loss);
                nn.utils.clip_grad_norm_(model.parameters(), norm);
                optimizer.step();
            }
            else
            {
                recorder.Step(optimizer, loss);
            }

            if (step % 20 == 19)
            {
                using IDisposable noGradient = no_grad();
                model.eval();
                recorder.RecordValidation(task.Loss(model.call(validation.Input), validation.Target).item<float>());
                model.train();
            }
        }

        return new Outcome(this, seed, recorder.Findings, losses, task.InitialLoss, [.. recorder.Problems.Where(problem => problem.Part != "hooks")]);
    }

    private (Tensor Input, Tensor Target) Draw((Tensor Input, Tensor Target)? data, TrainingTask task, int step)
    {
        (Tensor input, Tensor target) = task.Batch(data is null ? BatchSize : 1);
        if (data is { } whole)
        {
            Tensor chosen = BatchSize >= whole.Input.shape[0] ? arange(whole.Input.shape[0]) : randint(0, whole.Input.shape[0], BatchSize, int64);
            (input, target) = (whole.Input.index_select(0, chosen), whole.Target.index_select(0, chosen));
        }

        return Batch(step, input, target);
    }
}

/// <summary>How a training went.</summary>
/// <param name="Trial">What was trained.</param>
/// <param name="Seed">With which seed.</param>
/// <param name="Findings">What the detectors found.</param>
/// <param name="Losses">The loss of each step.</param>
/// <param name="InitialLoss">The loss of a model that knows nothing.</param>
/// <param name="Problems">What the recorder could not do.</param>
internal sealed record Outcome(
    Trial Trial, int Seed, IReadOnlyList<Finding> Findings, IReadOnlyList<double> Losses, double InitialLoss,
    IReadOnlyList<RecorderProblem> Problems)
{
    /// <summary>
    /// Whether the training works, judged by the loss alone: its last tenth is below half of its first ten steps, and of
    /// the loss of a model that knows nothing.
    /// </summary>
    public bool Learns => Losses.TakeLast(Losses.Count / 10).Average() < 0.5 * Math.Min(Losses.Take(10).Average(), InitialLoss);

    /// <summary>The first finding that says what is wrong.</summary>
    public Finding? Hit => Findings.FirstOrDefault(finding => Trial.Expected.Contains(finding.RuleId));

    public bool HasWarning => Findings.Any(finding => finding.Severity == FindingSeverity.Warning);

    /// <summary>
    /// The published test of a loss that does not fall: less than 5 % per window of five, three times running, after ten steps.
    /// </summary>
    public bool PublishedPlateau
    {
        get
        {
            double[] means = [.. Losses.Chunk(5).Where(window => window.Length == 5).Select(window => window.Average())];
            return Enumerable.Range(3, Math.Max(0, means.Length - 3)).Any(i =>
                Enumerable.Range(i - 2, 3).All(k => means[k] > 0.95 * means[k - 1]));
        }
    }
}
