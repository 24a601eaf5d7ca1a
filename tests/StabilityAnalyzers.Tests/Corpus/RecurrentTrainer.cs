// A trainer class: model and optimizer in fields, the loop over methods, an evaluation, a scheduler.
namespace Corpus;

public sealed class Tagger : Module<Tensor, Tensor>
{
    private readonly Embedding embedding;
    private readonly LSTM lstm;
    private readonly Module<Tensor, Tensor> head;

    public Tagger(long words, long tags, int size = 64, double dropout = 0.1)
        : base(nameof(Tagger))
    {
        embedding = Embedding(words, size);
        lstm = LSTM(size, size, numLayers: 2, batchFirst: true);
        head = Sequential(("drop", Dropout(dropout)), ("fc", Linear(size, tags)));
        RegisterComponents();
        foreach (var (name, parameter) in lstm.named_parameters())
        {
            if (name.StartsWith("weight_hh")) init.orthogonal_(parameter);
        }
    }

    public override Tensor forward(Tensor words)
    {
        using var scope = NewDisposeScope();
        var (output, _, _) = lstm.call(embedding.call(words));
        return head.call(output).MoveToOuterDisposeScope();
    }
}

public sealed class TaggerTrainer : IDisposable
{
    private readonly Tagger _model;
    private readonly optim.Optimizer _optimizer;
    private readonly optim.lr_scheduler.LRScheduler _scheduler;
    private readonly double _clip;

    public TaggerTrainer(Tagger model, double learningRate, double clip)
    {
        _model = model;
        _optimizer = optim.AdamW(_model.parameters(), learningRate);
        _scheduler = optim.lr_scheduler.StepLR(_optimizer, 10);
        _clip = clip;
    }

    public static void Start(IEnumerable<(Tensor Words, Tensor Tags)> data)
    {
        using var trainer = new TaggerTrainer(new Tagger(1000, 17), 1e-3, 1.0);
        for (var epoch = 1; epoch <= 10; epoch++)
        {
            var loss = trainer.Epoch(data);
            Console.WriteLine($"{epoch}: {loss:F4}, {trainer.Evaluate(data):P1}");
        }
    }

    public double Epoch(IEnumerable<(Tensor Words, Tensor Tags)> data)
    {
        _model.train();
        var total = 0.0;
        foreach (var (words, tags) in data)
        {
            using (NewDisposeScope())
            {
                total += Step(words, tags);
                Clipped(words, tags);
            }
        }

        _scheduler.step();
        return total;
    }

    private float Step(Tensor words, Tensor tags)
    {
        _optimizer.zero_grad();
        var loss = F.cross_entropy(_model.call(words).transpose(1, 2), tags);
        loss.backward();
        _optimizer.step();
        return loss.ToSingle();
    }

    private void Clipped(Tensor words, Tensor tags)
    {
        _optimizer.zero_grad();
        F.cross_entropy(_model.call(words).transpose(1, 2), tags).backward();
        if (_clip > 0)
        {
            nn.utils.clip_grad_norm_(_model.parameters(), _clip);
        }

        _optimizer.step();
    }

    public double Evaluate(IEnumerable<(Tensor Words, Tensor Tags)> data)
    {
        _model.eval();
        using var _ = no_grad();
        return data.Average(batch => _model.call(batch.Words).argmax(-1).eq(batch.Tags).to_type(ScalarType.Float32).mean().ToDouble());
    }

    public void Dispose() => _optimizer.Dispose();
}
