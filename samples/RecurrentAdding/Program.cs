using System.Diagnostics;
using System.Globalization;
using RecurrentAdding;
using StabilityAnalyzers.Runtime;
using TorchSharp;
using static TorchSharp.torch;

const int SequenceLength = 18;
const int Steps = 3000;
const int BatchSize = 64;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

// Layers this small are faster on one thread than on several.
set_num_threads(1);
Console.WriteLine("1. A recurrent loop without clipping, as the build warns (STAB3001)");
var unclipped = Train("without clipping", TrainWithoutClipping);
Console.WriteLine();
Console.WriteLine("2. The same loop after the quick fix: the gradient norm is clipped to 1");
var clipped = Train("with clipping", TrainWithClipping);
Console.WriteLine();
Console.WriteLine($"Accuracy (off by less than 0.1): without clipping {unclipped:P1}, after the quick fix {clipped:P1}");
return 0;

static void TrainWithoutClipping(AddingModel model, optim.Optimizer optimizer, GradientRecorder recorder, AddingProblem problem)
{
    for (var step = 0; step < Steps; step++)
    {
        using var scope = NewDisposeScope();
        var (sequences, sums) = problem.Next(BatchSize);
        optimizer.zero_grad();
        var loss = nn.functional.mse_loss(model.call(sequences).squeeze(1), sums);
        loss.backward();
        recorder.Record(loss);
        optimizer.step();
    }
}

static void TrainWithClipping(AddingModel model, optim.Optimizer optimizer, GradientRecorder recorder, AddingProblem problem)
{
    for (var step = 0; step < Steps; step++)
    {
        using var scope = NewDisposeScope();
        var (sequences, sums) = problem.Next(BatchSize);
        optimizer.zero_grad();
        var loss = nn.functional.mse_loss(model.call(sequences).squeeze(1), sums);
        loss.backward();
        recorder.Record(loss);
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);
        optimizer.step();
    }
}

static double Train(string name, Action<AddingModel, optim.Optimizer, GradientRecorder, AddingProblem> train)
{
    random.manual_seed(3);
    using var model = new AddingModel(hidden: 64);
    using var optimizer = optim.SGD(model.parameters(), learningRate: 0.06, momentum: 0.9);
    var watch = Stopwatch.StartNew();

    var options = new RecorderOptions { Properties = new Dictionary<string, string> { ["loop"] = name, ["optimizer"] = "SGD 0.06, momentum 0.9" } };
    using (var recorder = GradientRecorder.Attach(model, options))
    using (ConsoleView.Start(recorder, Steps))
    {
        train(model, optimizer, recorder, new AddingProblem(SequenceLength, seed: 8));
    }

    using var evaluation = no_grad();
    using var scope = NewDisposeScope();
    var (sequences, sums) = new AddingProblem(SequenceLength, seed: 1000).Next(1000);
    var error = model.call(sequences).squeeze(1) - sums;
    var loss = error.square().mean().ToDouble();
    var accuracy = error.abs().lt(0.1).to(float32).mean().ToDouble();
    Console.WriteLine($"Test loss {loss:G4}, accuracy {accuracy:P1}, {watch.Elapsed.TotalSeconds:F1} s");
    return accuracy;
}
