public sealed class DeepClassifier : Module<Tensor, Tensor>
{
    private readonly Sequential features;
    private readonly Module<Tensor, Tensor> head;

    public DeepClassifier(int depth = 10, int width = 64) : base(nameof(DeepClassifier))
    {
        var layers = new List<(string, Module<Tensor, Tensor>)>();
        for (var i = 0; i < depth; i++)
        {
            layers.Add(($"fc{i}", Linear(width, width)));
            layers.Add(($"act{i}", Sigmoid()));
        }

        features = Sequential(layers);
        head = Linear(width, 10);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = features.call(input.flatten(1));
        return functional.log_softmax(head.call(x), 1).MoveToOuterDisposeScope();
    }
}

public sealed class Residual : Module<Tensor, Tensor>
{
    private readonly ModuleList<Block> blocks = new ModuleList<Block>();
    private readonly Linear output = Linear(64, 3);

    public Residual(int count) : base("residual")
    {
        foreach (var i in Enumerable.Range(0, count))
        {
            blocks.Add(new Block(64, i % 2 == 0 ? Tanh() : ReLU()));
        }

        RegisterComponents();
        foreach (var (name, parameter) in named_parameters())
        {
            if (name.EndsWith("weight") && parameter.dim() > 1)
            {
                init.xavier_uniform_(parameter);
            }
            else
            {
                init.zeros_(parameter);
            }
        }
    }

    public override Tensor forward(Tensor x)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            x = blocks[i].call(x);
        }

        return output.call(x);
    }

    public sealed class Block : Module<Tensor, Tensor>
    {
        private readonly Linear inner, outer;
        private readonly Module<Tensor, Tensor> activation;

        public Block(long width, Module<Tensor, Tensor> activation) : base("block")
        {
            inner = Linear(width, 2 * width);
            outer = Linear(2 * width, width, hasBias: false);
            this.activation = activation;
            RegisterComponents();
            switch (activation)
            {
                case TorchSharp.Modules.ReLU _:
                    init.kaiming_normal_(inner.weight, nonlinearity: init.NonlinearityType.ReLU);
                    break;
                case TorchSharp.Modules.Tanh tanh when training:
                    init.xavier_normal_(inner.weight, init.calculate_gain(init.NonlinearityType.Tanh));
                    break;
                default:
                    throw new ArgumentException("activation");
            }
        }

        public override Tensor forward(Tensor x) => x + outer.call(activation.call(inner.call(x))) * 0.5;
    }
}

public static class Training
{
    public static void Run(Device device)
    {
        var model = Sequential(
            ("fc1", Linear(8, 32)), ("tanh1", Tanh()),
            ("fc2", Linear(32, 32)), ("tanh2", Tanh()),
            ("fc3", Linear(32, 1)));
        init.kaiming_uniform_(((Linear)model[0]).weight, nonlinearity: init.NonlinearityType.ReLU);
        model.to(device);
        var optimizer = optim.Adam(model.parameters(), 1e-3);
        for (var epoch = 0; epoch < 100; epoch++)
        {
            using var scope = NewDisposeScope();
            var x = randn(64, 8, device: device);
            var loss = functional.mse_loss(model.call(x), x.sum(1, keepdim: true));
            optimizer.zero_grad();
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), 1.0);
            optimizer.step();
        }

        var classifier = new DeepClassifier(depth: 12);
        Console.WriteLine(classifier.call(rand(4, 64)));
        Console.WriteLine(new Residual(6).call(rand(4, 64)));
    }
}
