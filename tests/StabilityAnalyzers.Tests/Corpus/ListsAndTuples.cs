// Layers that are collected in lists, models that return tuples, hooks in loops, steps that return their loss.
namespace Corpus;

public sealed class TwoHeads : Module<Tensor, (Tensor Classes, Tensor Box)>
{
    private readonly Module<Tensor, Tensor> body;
    private readonly Linear classes = Linear(16, 3);
    private readonly Linear box = Linear(16, 4);

    public TwoHeads(int depth, bool normalized)
        : base(nameof(TwoHeads))
    {
        var layers = new List<(string, Module<Tensor, Tensor>)> { ("stem", Linear(8, 16)) };
        for (var i = 0; i < depth; i++)
        {
            if (normalized)
            {
                layers.Add(($"norm{i}", LayerNorm(16)));
            }

            layers.Add(($"fc{i}", Linear(16, 16)));
            layers.Add(($"act{i}", GELU()));
        }

        body = Sequential(layers);
        RegisterComponents();
    }

    public override (Tensor Classes, Tensor Box) forward(Tensor x)
    {
        var features = body.forward(x);
        return (F.softmax(classes.forward(features), 1), F.relu(box.call(features)));
    }
}

public sealed class Scorer : Module<Tensor, Tensor>
{
    private readonly Sequential layers;

    public Scorer()
        : base(nameof(Scorer))
    {
        var list = new List<Module<Tensor, Tensor>>();
        list.Add(Linear(8, 16));
        list.Add(ReLU());
        list.Add(Linear(16, 3));
        list.Add(Softmax(1));
        layers = Sequential(list.ToArray());
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => layers.call(x);
}

public sealed class Trainer
{
    private readonly Module<Tensor, Tensor, Tensor> criterion = CrossEntropyLoss();
    private readonly List<Tensor> history = new();

    public void Watch(TwoHeads model, Action<Tensor> see)
    {
        foreach (var (name, module) in model.named_modules())
        {
            if (module is not Linear linear)
            {
                continue;
            }

            linear.register_forward_hook((_, _, output) => { see(output); return output; });
        }

        foreach (var module in model.modules())
        {
            switch (module)
            {
                case LayerNorm norm:
                    norm.register_forward_hook((_, _, output) => output);
                    break;
                case GELU gelu when gelu.training:
                    gelu.register_forward_pre_hook((_, input) => input);
                    break;
            }
        }
    }

    public void Train(TwoHeads model, Scorer scorer, optim.Optimizer optimizer, Tensor x, Tensor y)
    {
        var total = zeros(1);
        for (var i = 0; i < 100; i++)
        {
            var loss = Step(model, scorer, optimizer, x, y);
            total += loss;
            history.Add(loss);
        }
    }

    private Tensor Step(TwoHeads model, Scorer scorer, optim.Optimizer optimizer, Tensor x, Tensor y)
    {
        optimizer.zero_grad();
        var (classes, box) = model.call(x);
        var both = model.call(x);
        var loss = criterion.call(classes, y) + F.cross_entropy(both.Classes, y) + F.mse_loss(box, both.Box) + criterion.call(scorer.call(x), y);
        loss.backward();
        optimizer.step();
        return loss;
    }
}
