using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>Models that people train.</summary>
internal static class TrainingModels
{
    public static Sequential Dense(
        int inputs, int outputs, int depth, int width, Func<Module<Tensor, Tensor>> activation, Action<Linear>? initialise = null,
        Func<int, Module<Tensor, Tensor>>? between = null)
    {
        var layers = new List<(string, Module<Tensor, Tensor>)>();
        for (int i = 0; i < depth; i++)
        {
            Linear linear = Linear(i == 0 ? inputs : width, width);
            using (no_grad())
            {
                initialise?.Invoke(linear);
            }

            layers.Add(("fc" + i, linear));
            if (between is not null)
            {
                layers.Add(("between" + i, between(width)));
            }

            layers.Add(("act" + i, activation()));
        }

        layers.Add(("head", Linear(width, outputs)));
        return Sequential(layers.ToArray());
    }

    public static void He(Linear linear) => init.kaiming_normal_(linear.weight!, nonlinearity: init.NonlinearityType.ReLU);

    public static void Xavier(Linear linear) => init.xavier_uniform_(linear.weight!);

    public static Sequential Convolutions(bool normalised)
    {
        var layers = new List<(string, Module<Tensor, Tensor>)> { ("conv1", Conv2d(1, 8, 3, padding: 1)) };
        if (normalised)
        {
            layers.Add(("norm1", BatchNorm2d(8)));
        }

        layers.AddRange([("relu1", ReLU()), ("pool", MaxPool2d(2)), ("conv2", Conv2d(8, 16, 3))]);
        if (normalised)
        {
            layers.Add(("norm2", BatchNorm2d(16)));
        }

        layers.AddRange([("relu2", ReLU()), ("flat", Flatten()), ("head", Linear(256, 4))]);
        return Sequential(layers.ToArray());
    }

    public static Sequential TokenModel() =>
        Sequential(("embedding", Embedding(200, 8)), ("flat", Flatten()), ("fc", Linear(80, 32)), ("act", ReLU()), ("head", Linear(32, 2)));

    /// <summary>Layers around which the input is added.</summary>
    internal sealed class Residual : Module<Tensor, Tensor>
    {
        private readonly Linear first;
        private readonly ModuleList<Linear> blocks;
        private readonly ReLU relu = ReLU();
        private readonly Linear head;

        public Residual(int inputs, int outputs, int depth, int width)
            : base("Residual")
        {
            first = Linear(inputs, width);
            blocks = new ModuleList<Linear>([.. Enumerable.Range(0, depth).Select(_ => Linear(width, width))]);
            head = Linear(width, outputs);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor x = first.call(input);
            foreach (Linear block in blocks)
            {
                x = x + relu.call(block.call(x));
            }

            return head.call(x);
        }
    }

    /// <summary>A plain recurrent cell over a sequence.</summary>
    internal sealed class Recurrent : Module<Tensor, Tensor>
    {
        private readonly RNNCell cell = RNNCell(4, 16);
        private readonly Linear head = Linear(16, 3);

        public Recurrent()
            : base("Recurrent") => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            Tensor state = zeros(input.shape[0], 16);
            for (int t = 0; t < input.shape[1]; t++)
            {
                state = cell.call(input.select(1, t), state);
            }

            return head.call(state);
        }
    }

    /// <summary>A model of which the gradient is cut off in the middle.</summary>
    internal sealed class Cut : Module<Tensor, Tensor>
    {
        private readonly Linear fc0 = Linear(20, 64);
        private readonly Linear fc1 = Linear(64, 64);
        private readonly Linear head = Linear(64, 10);
        private readonly ReLU relu = ReLU();

        public Cut()
            : base("Cut") => RegisterComponents();

        public override Tensor forward(Tensor input) => head.call(relu.call(fc1.call(relu.call(fc0.call(input)).detach())));
    }
}
