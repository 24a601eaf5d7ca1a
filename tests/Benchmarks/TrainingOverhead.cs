using System.Diagnostics;
using StabilityAnalyzers.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StabilityAnalyzers.Benchmarks;

/// <summary>
/// Time of a training step without a recorder and with it, on an MLP of 20 layers of 256, batch 128. The trainings take turns
/// step by step, so that what disturbs the machine disturbs all of them; medians are compared.
/// </summary>
internal static class TrainingOverhead
{
    private const int Depth = 20;
    private const int Width = 256;
    private const int BatchSize = 128;

    public static void Run(int steps, int? threads)
    {
        if (threads is { } chosen)
        {
            set_num_threads(chosen);
        }

        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var plain = new RecorderOptions { BaseDirectory = folder };
        var trainings = new List<Training>
        {
            new("without", null),
            new("parameters only", plain with { ErrorSignals = false, WriteRunFile = false }),
            new("with error signals", plain with { WriteRunFile = false }),
            new("with run file", plain),
            new("with run file and weight norms", plain with { WeightNorms = true }),
            new("first 10, then every 10th", plain with { Schedule = RecordingSchedule.First(10).ThenEvery(10) }),
        };
        for (int step = -30; step < steps; step++)
        {
            foreach (Training training in trainings)
            {
                training.Step(isTimed: step >= 0);
            }
        }

        double reference = trainings[0].Median;
        Console.WriteLine($"MLP {Depth} x {Width}, batch {BatchSize}, SGD with momentum, {steps} steps, {get_num_threads()} threads");
        foreach (Training training in trainings)
        {
            Console.WriteLine(
                $"{training.Name,-32} median {1e3 * training.Median:0.000} ms  mean {1e3 * training.Mean:0.000} ms  ratio of medians {training.Median / reference:0.000}  of means {training.Mean / trainings[0].Mean:0.000}  {training.BytesPerStep / 1024:0.0} KiB managed per step");
            training.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }

    private sealed class Training : IDisposable
    {
        private readonly Sequential _model;
        private readonly optim.Optimizer _optimizer;
        private readonly GradientRecorder? _recorder;
        private readonly Tensor _input;
        private readonly Tensor _target;
        private readonly List<double> _seconds = [];
        private long _bytes;

        public Training(string name, RecorderOptions? options)
        {
            Name = name;
            manual_seed(1);
            _model = Sequential(Enumerable.Range(0, Depth)
                .SelectMany(i => new (string, Module<Tensor, Tensor>)[] { ("fc" + i, Linear(Width, Width)), ("act" + i, ReLU()) })
                .Append(("head", Linear(Width, 10)))
                .ToArray());
            _optimizer = optim.SGD(_model.parameters(), 0.01, momentum: 0.9);
            _input = randn(BatchSize, Width);
            _target = randint(0, 10, BatchSize, int64);
            _recorder = options is null ? null : GradientRecorder.Attach(_model, options);
        }

        public string Name { get; }

        public double Median => _seconds.Order().ElementAt(_seconds.Count / 2);

        public double Mean => _seconds.Average();

        public double BytesPerStep => (double)_bytes / _seconds.Count;

        public void Step(bool isTimed)
        {
            long bytes = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            using (DisposeScope scope = NewDisposeScope())
            {
                _optimizer.zero_grad();
                Tensor loss = functional.cross_entropy(_model.call(_input), _target);
                loss.backward();
                if (_recorder is null)
                {
                    _optimizer.step();
                }
                else
                {
                    _recorder.Step(_optimizer, loss);
                }
            }

            if (isTimed)
            {
                _seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                _bytes += GC.GetAllocatedBytesForCurrentThread() - bytes;
            }
        }

        public void Dispose()
        {
            if (_recorder?.Problems is [var problem, ..])
            {
                throw new InvalidOperationException($"{Name}: {problem.Message}");
            }

            _recorder?.Dispose();
            _optimizer.Dispose();
            _model.Dispose();
            _input.Dispose();
            _target.Dispose();
        }
    }
}
