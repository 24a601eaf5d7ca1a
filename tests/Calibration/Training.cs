using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Calibration;

/// <summary>How networks are trained.</summary>
/// <param name="RateFactor">Times the learning rate of <see cref="Training.LearningRate"/>.</param>
/// <param name="Steps">Steps that they have to reach the accuracy.</param>
/// <param name="Batch">Points of each step.</param>
internal sealed record Regime(double RateFactor, int Steps, int Batch = 64)
{
    public static Regime Usual { get; } = new(1, 1000);
}

/// <summary>How one network fared.</summary>
/// <param name="Trains">True if it reached <see cref="Training.Accuracy"/>.</param>
/// <param name="Steps">Steps until then, or until it stopped being finite, or all.</param>
/// <param name="Finite">False if its outputs became infinite or NaN.</param>
internal readonly record struct Outcome(bool Trains, int Steps, bool Finite);

/// <summary>Trains networks of one setting with one optimizer.</summary>
internal static class Training
{
    /// <summary>A network trains if it classifies so much of the training set within the steps of the regime.</summary>
    public const double Accuracy = 0.95;

    /// <summary>Networks of each setting and depth, each with its own weights.</summary>
    public const int Seeds = 5;

    public const int Points = 512;

    private const int StepsBetweenTests = 50;

    /// <summary>Learning rate of an optimizer: what its examples use.</summary>
    public static double LearningRate(string optimizer) => optimizer switch
    {
        "SGD" => 0.1,
        "momentum" => 0.05,
        "RMSprop" => 1e-3,
        _ => 2e-3,
    };

    /// <summary>Trains until every network has reached the accuracy, broken down, or taken all steps.</summary>
    /// <param name="setting">What is trained.</param>
    /// <param name="depth">Number of hidden layers.</param>
    /// <param name="optimizerName">By what.</param>
    /// <param name="regime">How.</param>
    public static Outcome[] Run(Setting setting, int depth, string optimizerName, Regime regime)
    {
        using var all = NewDisposeScope();
        using var generator = new Generator(17);
        using var model = new SideBySide(setting, depth, Seeds, generator);
        using var optimizer = Optimizer(optimizerName, model, LearningRate(optimizerName) * regime.RateFactor);
        var (points, classes) = Circles.Create(Points);
        var outcomes = new Outcome?[Seeds];
        var order = randperm(Points, generator: generator);
        for (var step = 1; step <= regime.Steps && outcomes.Contains(null); step++)
        {
            using var scope = NewDisposeScope();
            var at = (step - 1) * regime.Batch % Points;
            if (at == 0)
            {
                order = randperm(Points, generator: generator).MoveToOuterDisposeScope();
            }

            var chosen = order[at..(at + regime.Batch)];
            var logits = model.call(points.index_select(0, chosen).unsqueeze(0));
            var loss = nn.functional.cross_entropy(
                logits.flatten(0, 1), classes.index_select(0, chosen).repeat(Seeds), reduction: nn.Reduction.Sum) / regime.Batch;
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            if (step % StepsBetweenTests == 0)
            {
                Test(model, points, classes, step, outcomes);
            }
        }

        return [.. outcomes.Select(outcome => outcome ?? new Outcome(false, regime.Steps, true))];
    }

    private static void Test(SideBySide model, Tensor points, Tensor classes, int step, Outcome?[] outcomes)
    {
        using var off = no_grad();
        var logits = model.call(points.unsqueeze(0));
        var accuracies = logits.argmax(2).eq(classes).to(float32).mean([1]).data<float>().ToArray();
        var finite = isfinite(logits).all(dim: 2).all(dim: 1).data<bool>().ToArray();
        for (var i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] ??= !finite[i] ? new Outcome(false, step, false)
                : accuracies[i] >= Accuracy ? new Outcome(true, step, true)
                : null;
        }
    }

    private static OptimizerHelper Optimizer(string name, SideBySide model, double learningRate) => name switch
    {
        "SGD" => optim.SGD(model.parameters(), learningRate),
        "momentum" => optim.SGD(model.parameters(), learningRate, momentum: 0.9),
        "Adam" => optim.Adam(model.parameters(), learningRate),
        "AdamW" => optim.AdamW(model.parameters(), learningRate),
        "RMSprop" => optim.RMSProp(model.parameters(), learningRate),
        _ => throw new ArgumentException($"No optimizer '{name}' here."),
    };
}
