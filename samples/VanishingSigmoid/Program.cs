using System.Diagnostics;
using System.Globalization;
using StabilityAnalyzers.Runtime;
using TorchSharp;
using VanishingSigmoid;
using static TorchSharp.torch;

const int Steps = 300;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

// Layers this small are faster on one thread than on several.
set_num_threads(1);
var (points, classes) = TwoSpirals.Create(1000, seed: 1);
var (testPoints, testClasses) = TwoSpirals.Create(1000, seed: 2);

Console.WriteLine("1. Twelve sigmoid layers, as the build warns (STAB1001)");
var sigmoid = Train("sigmoid", SigmoidClassifier.Create);
Console.WriteLine();
Console.WriteLine("2. The same model after the quick fix: ReLU with He initialisation");
var relu = Train("relu", ReluClassifier.Create);
Console.WriteLine();
Console.WriteLine($"Test accuracy: sigmoid {sigmoid:P1}, after the quick fix {relu:P1} (chance: 50.0 %)");
return 0;

double Train(string name, Func<nn.Module<Tensor, Tensor>> create)
{
    random.manual_seed(1);
    using var model = create();
    using var optimizer = optim.Adam(model.parameters(), lr: 1e-3);
    using var criterion = nn.CrossEntropyLoss();
    var watch = Stopwatch.StartNew();

    var options = new RecorderOptions { Properties = new Dictionary<string, string> { ["model"] = name, ["optimizer"] = "Adam 1e-3" } };
    using (var recorder = GradientRecorder.Attach(model, options))
    using (ConsoleView.Start(recorder, Steps))
    {
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = criterion.call(model.call(points), classes);
            loss.backward();
            recorder.Step(optimizer, loss);
        }
    }

    model.eval();
    using var evaluation = no_grad();
    using var correct = NewDisposeScope();
    var output = model.call(testPoints);
    var finalLoss = criterion.call(output, testClasses).ToDouble();
    var accuracy = output.argmax(1).eq(testClasses).to(float32).mean().ToDouble();
    Console.WriteLine($"Test loss {finalLoss:G4}, accuracy {accuracy:P1}, {watch.Elapsed.TotalSeconds:F1} s");
    return accuracy;
}
