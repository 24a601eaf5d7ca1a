// Losses and what they are given: right, wrong, and nearly wrong.
namespace Corpus;

public sealed class Probabilities : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> layers;
    private readonly Linear head = Linear(32, 10);
    private readonly GroupNorm norm = GroupNorm(4, 32);

    public Probabilities()
        : base(nameof(Probabilities))
    {
        layers = Sequential(("fc", Linear(20, 32)), ("relu", ReLU()), ("drop", Dropout(0.1)));
        init.trunc_normal_(head.weight, std: 0.02);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        x = layers.call(x);
        x = F.dropout(x, 0.2);
        x = x + Linear(32, 32).call(x);
        x = norm.call(x.unsqueeze(-1)).squeeze(-1);
        x = head.call(x);
        x = F.softmax(x, 1);
        return x.MoveToOuterDisposeScope();
    }
}

public sealed class Logits : Module<Tensor, Tensor>
{
    private readonly Linear head = Linear(20, 10);

    public Logits() : base(nameof(Logits)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = head.call(x);
        if (!training) x = x.softmax(1);
        return x;
    }
}

public static class Losses
{
    public static void Train(Module<Tensor, Tensor> model, Loss<Tensor, Tensor, Tensor> loss, int epochs)
    {
        using var optimizer = optim.SGD(model.parameters(), 0.1);
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var prediction = model.call(randn(8, 20));
            var value = loss.call(prediction, randint(0, 10, 8, int64));
            var distance = (prediction - prediction.mean()).square().sum().sqrt();
            (value + distance).backward();
            optimizer.step();
        }
    }

    public static void Run()
    {
        Train(new Probabilities(), CrossEntropyLoss(), 10);
        Train(new Probabilities(), NLLLoss(), 10);
        Train(new Logits(), CrossEntropyLoss(), 10);
    }

    public static Tensor Distill(Tensor student, Tensor teacher, double temperature) =>
        F.kl_div(F.log_softmax(student / temperature, 1), F.softmax(teacher / temperature, 1)) * temperature * temperature;

    public static Tensor Segment(Tensor logits, Tensor mask)
    {
        var probabilities = logits.sigmoid();
        var dice = 1 - ((2 * (probabilities * mask).sum(0)) / (probabilities.sum() + mask.sum() + 1));
        return dice + F.binary_cross_entropy_with_logits(logits, mask) + F.binary_cross_entropy_with_logits(probabilities, mask);
    }

    public static Tensor Entropy(Tensor logits) => -(logits.softmax(-1) * logits.softmax(-1).log()).sum(-1);

    public static Tensor Score(Tensor x) => Linear(20, 1).call(x).softmax(-1) + torch.log(1 + x.exp()) + torch.var_mean(x).Item1;
}
