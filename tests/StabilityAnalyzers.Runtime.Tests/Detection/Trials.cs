using StabilityAnalyzers.RunLog;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>The trainings that the detectors are measured with.</summary>
internal static class Trials
{
    private static readonly (string Name, double Rate, Func<IEnumerable<Parameter>, double, optim.Optimizer> Make)[] Optimizers =
    [
        ("SGD", 0.1, (parameters, rate) => optim.SGD(parameters, rate)),
        ("momentum", 0.02, (parameters, rate) => optim.SGD(parameters, rate, momentum: 0.9)),
        ("Adam", 2e-3, (parameters, rate) => optim.Adam(parameters, rate)),
        ("RMSprop", 1e-3, (parameters, rate) => optim.RMSProp(parameters, rate)),
    ];

    private static readonly (string Name, Func<double, double> Factor)[] Schedules =
    [
        ("constant", _ => 1),
        ("warm-up and cosine", share => share < 0.1 ? 10 * share : 0.5 * (1 + Math.Cos(Math.PI * (share - 0.1) / 0.9))),
        ("steps", share => share < 0.6 ? 1 : share < 0.8 ? 0.1 : 0.01),
    ];

    private static readonly (string Name, Func<TrainingTask> Task, Func<TrainingTask, Module<Tensor, Tensor>> Model)[] Models =
    [
        .. Dense("ReLU 2 x 64, default", t => TrainingModels.Dense(t.Inputs, t.Outputs, 2, 64, () => ReLU())),
        .. Dense("ReLU 4 x 64, He", t => TrainingModels.Dense(t.Inputs, t.Outputs, 4, 64, () => ReLU(), TrainingModels.He)),
        .. Dense("tanh 3 x 64, Xavier", t => TrainingModels.Dense(t.Inputs, t.Outputs, 3, 64, () => Tanh(), TrainingModels.Xavier)),
        .. Dense("GELU 3 x 64, default", t => TrainingModels.Dense(t.Inputs, t.Outputs, 3, 64, () => GELU())),
        .. Dense("sigmoid 1 x 64", t => TrainingModels.Dense(t.Inputs, t.Outputs, 1, 64, () => Sigmoid())),
        .. Dense("ReLU 6 x 32, LayerNorm", t => TrainingModels.Dense(t.Inputs, t.Outputs, 6, 32, () => ReLU(), null, width => LayerNorm(width))),
        .. Dense("ReLU 2 x 128, dropout", t => TrainingModels.Dense(t.Inputs, t.Outputs, 2, 128, () => ReLU(), null, _ => Dropout(0.2))),
        .. Dense("ReLU 3 x 64, BatchNorm", t => TrainingModels.Dense(t.Inputs, t.Outputs, 3, 64, () => ReLU(), null, width => BatchNorm1d(width))),
        .. Dense("residual 6 x 32", t => new TrainingModels.Residual(t.Inputs, t.Outputs, 6, 32)),
        ("convolutions", TrainingTask.Images, _ => TrainingModels.Convolutions(normalised: false)),
        ("convolutions, BatchNorm", TrainingTask.Images, _ => TrainingModels.Convolutions(normalised: true)),
        ("LSTM", TrainingTask.Sequences, _ => new SequenceClassifier()),
        ("GRU cell", TrainingTask.Sequences, _ => new CellClassifier()),
        ("recurrent cell", TrainingTask.Sequences, _ => new TrainingModels.Recurrent()),
        ("embedding", TrainingTask.Tokens, _ => TrainingModels.TokenModel()),
        ("autoencoder", TrainingTask.Reconstruction, t => TrainingModels.Dense(t.Inputs, t.Outputs, 1, 8, () => Tanh())),
    ];

    /// <summary>Trainings that people run every day: every model with every optimizer, the schedules in turn.</summary>
    public static IReadOnlyList<Trial> Healthy { get; } =
    [
        .. Models.SelectMany((model, i) => Optimizers.Select((optimizer, k) => (model, optimizer, schedule: Schedules[(i + k) % Schedules.Length])))
            .Select(choice => new Trial
            {
                Name = $"{choice.model.Name}, {choice.optimizer.Name}, {choice.schedule.Name}",
                Task = choice.model.Task,
                Model = choice.model.Model,
                Optimizer = choice.optimizer.Make,
                Rate = choice.optimizer.Rate,
                Schedule = choice.schedule.Factor,
            }),
    ];

    /// <summary>Trainings with one thing wrong.</summary>
    public static IReadOnlyList<Trial> Faulty { get; } =
    [
        Fault("12 sigmoid layers", [RuleIds.VanishingGradient]) with { Model = Plain(12, () => Sigmoid()) },
        Fault("12 sigmoid layers, SGD", [RuleIds.VanishingGradient]) with { Model = Plain(12, () => Sigmoid()), Optimizer = Optimizers[0].Make, Rate = 0.1 },
        Fault("20 default ReLU layers", [RuleIds.VanishingGradient]) with { Model = Plain(20, () => ReLU()), Optimizer = Optimizers[0].Make, Rate = 0.1 },
        Fault("weights four times too large", [RuleIds.ExplodingGradient, RuleIds.NonFinite]) with
        {
            Model = Plain(8, () => ReLU(), linear => { TrainingModels.He(linear); linear.weight!.mul_(4); }),
            Optimizer = Optimizers[0].Make,
            Rate = 1e-5,
        },
        Fault("learning rate a thousand times too high", [RuleIds.NonFinite, RuleIds.Divergence, RuleIds.ExplodingGradient, RuleIds.UpdateRatio]) with
        {
            Optimizer = Optimizers[0].Make, Rate = 100,
        },
        Fault("Adam at 3", [RuleIds.UpdateRatio, RuleIds.Divergence, RuleIds.DeadUnits]) with { Rate = 3 },
        Fault("learning rate too low", [RuleIds.UpdateRatio, RuleIds.LossPlateau]) with { Rate = 1e-9 },
        Fault("optimizer without the first layer", [RuleIds.UnchangedParameter]) with { Trained = model => model.parameters().Skip(2) },
        Fault("optimizer without the head", [RuleIds.UnchangedParameter]) with { Trained = model => model.parameters().SkipLast(2) },
        Fault("detach in the middle", [RuleIds.MissingGradient]) with { Model = _ => new TrainingModels.Cut() },
        Fault("dead ReLU", [RuleIds.DeadUnits]) with { Model = Plain(3, () => ReLU(), linear => linear.bias!.fill_(-3)) },
        Fault("saturated tanh", [RuleIds.Saturation]) with { Model = Plain(3, () => Tanh(), linear => { TrainingModels.Xavier(linear); linear.weight!.mul_(30); }) },
        Fault("input between 0 and 255", [RuleIds.InputScale]) with { Batch = (_, input, target) => ((input * 60) + 128, target) },
        Fault("targets that belong to other inputs", [RuleIds.LossPlateau]) with
        {
            Batch = (_, input, target) => (input, target.index_select(0, randperm(target.shape[0]))),
        },
        Fault("NaN in one batch", [RuleIds.NonFinite]) with { Batch = (step, input, target) => (step == 200 ? input * float.NaN : input, target) },
        Fault("one batch a thousand times too large", [RuleIds.Spike]) with { Batch = (step, input, target) => (step == 300 ? input * 1000 : input, target) },
        Fault("clipped to a thousandth", [RuleIds.ClipEngagement]) with { Clip = 1e-3, Optimizer = Optimizers[0].Make, Rate = 0.1 },
        Fault("head a hundred times too large", [RuleIds.InitialLoss]) with
        {
            Model = task =>
            {
                Sequential model = TrainingModels.Dense(task.Inputs, task.Outputs, 2, 64, () => ReLU());
                using (no_grad())
                {
                    ((Linear)model[4]).weight!.mul_(100);
                }

                return model;
            },
        },
        Fault("forty samples", [RuleIds.Overfit]) with { DataSet = 40, Steps = 1500 },
        Fault("recurrent cell with small weights", [RuleIds.RecurrentDecay]) with
        {
            Task = TrainingTask.Sequences,
            Model = _ =>
            {
                var model = new TrainingModels.Recurrent();
                using (no_grad())
                {
                    model.get_parameter("cell.weight_hh")!.mul_(0.5);
                }

                return model;
            },
        },
        Fault("signal that shrinks away", [RuleIds.ActivationScale]) with { Model = Plain(10, () => Tanh(), linear => linear.weight!.mul_(0.3)) },
        Fault("signal lost before the head", [RuleIds.ConstantPrediction]) with { Model = Plain(8, () => Sigmoid(), linear => linear.weight!.mul_(0.1)) },
        Fault("deep plain tanh", [RuleIds.GradientDecay]) with { Model = Plain(16, () => Tanh()) },
        Fault("right and wrong targets in turn", [RuleIds.Oscillation]) with
        {
            Batch = (step, input, target) => (input, step % 2 == 0 ? target : target.index_select(0, randperm(target.shape[0]))),
        },
        Fault("steps too long for a regression", [RuleIds.NonFinite, RuleIds.Divergence, RuleIds.ExplodingGradient]) with
        {
            Task = TrainingTask.Waves, DataSet = 256, BatchSize = 256, Model = Plain(1, () => Tanh()), Optimizer = Optimizers[0].Make, Rate = 0.6,
        },
    ];

    private static Trial Fault(string name, string[] expected) => new()
    {
        Name = name,
        Task = TrainingTask.Blobs,
        Model = Plain(3, () => ReLU()),
        Expected = expected,
    };

    private static Func<TrainingTask, Module<Tensor, Tensor>> Plain(
        int depth, Func<Module<Tensor, Tensor>> activation, Action<Linear>? initialise = null) =>
        task => TrainingModels.Dense(task.Inputs, task.Outputs, depth, 64, activation, initialise);

    private static (string, Func<TrainingTask>, Func<TrainingTask, Module<Tensor, Tensor>>)[] Dense(
        string name, Func<TrainingTask, Module<Tensor, Tensor>> model) =>
        [("classes: " + name, TrainingTask.Blobs, model), ("regression: " + name, TrainingTask.Waves, model)];
}
