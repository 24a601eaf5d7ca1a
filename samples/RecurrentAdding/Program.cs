using System.Globalization;
using RecurrentAdding;
using StabilityAnalyzers.Runtime;
using TorchSharp;
using static TorchSharp.torch;

const int SequenceLength = 18;
const int Steps = 3000;
const int BatchSize = 64;
const int Seed = 3;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

// Layers this small are faster on one thread than on several.
set_num_threads(1);
Console.WriteLine("1. A recurrent loop without clipping, as the build warns (STAB3001)");
var unclipped = TrainWithoutClipping();
Console.WriteLine();
Console.WriteLine("2. The same loop after the quick fix: the gradient norm is clipped to 1");
var clipped = TrainWithClipping();
Console.WriteLine();
Console.WriteLine($"Accuracy (off by less than 0.1): without clipping {unclipped:P1}, after the quick fix {clipped:P1}");
return 0;

static double TrainWithoutClipping()
{
    random.manual_seed(Seed);
    using var model = new AddingModel(hidden: 64);
    using var optimizer = optim.SGD(model.parameters(), learningRate: 0.06, momentum: 0.9);
    var problem = new AddingProblem(SequenceLength, seed: 8);
    using (var recorder = GradientRecorder.Attach(model))
    using (ConsoleView.Start(recorder, Steps))
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

    return Test(model);
}

static double TrainWithClipping()
{
    random.manual_seed(Seed);
    using var model = new AddingModel(hidden: 64);
    using var optimizer = optim.SGD(model.parameters(), learningRate: 0.06, momentum: 0.9);
    var problem = new AddingProblem(SequenceLength, seed: 8);
    using (var recorder = GradientRecorder.Attach(model))
    using (ConsoleView.Start(recorder, Steps))
    {
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var (sequences, sums) = problem.Next(BatchSize);
            optimizer.zero_grad();
            var loss = nn.functional.mse_loss(model.call(sequences).squeeze(1), sums);
            loss.backward();
            recorder.Record(loss);
            nn.utils.clip_grad_norm_(model.parameters(), 1.0);
            optimizer.step();
        }
    }

    return Test(model);
}

static double Test(AddingModel model)
{
    using var evaluation = no_grad();
    using var scope = NewDisposeScope();
    var (sequences, sums) = new AddingProblem(SequenceLength, seed: 1000).Next(1000);
    var error = model.call(sequences).squeeze(1) - sums;
    var accuracy = error.abs().lt(0.1).to(float32).mean().ToDouble();
    Console.WriteLine($"Test loss {error.square().mean().ToDouble():G4}, accuracy {accuracy:P1}");
    return accuracy;
}
