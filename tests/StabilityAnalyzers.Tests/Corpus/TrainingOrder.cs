// Training loops whose order is right, and some whose order is not: accumulation, two networks, helpers, evaluation.
namespace Corpus;

public sealed class Scorer : Module<Tensor, Tensor>
{
    private readonly Linear hidden = Linear(8, 32);
    private readonly BatchNorm1d norm = BatchNorm1d(32);
    private readonly Linear head = Linear(32, 1);

    public Scorer() : base(nameof(Scorer)) => RegisterComponents();

    public override Tensor forward(Tensor x) => head.call(norm.call(hidden.call(x)).relu());
}

public static class Trainers
{
    public static void Accumulate(IEnumerable<(Tensor x, Tensor y)> data, int every)
    {
        var model = new Scorer();
        var optimizer = optim.SGD(model.parameters(), 0.1, momentum: 0.9);
        var count = 0;
        foreach (var (x, y) in data)
        {
            using var scope = NewDisposeScope();
            try
            {
                (F.mse_loss(model.call(x), y) / every).backward();
                if (++count % every != 0) continue;
                nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                optimizer.step();
                optimizer.zero_grad();
            }
            finally
            {
                Console.WriteLine(count);
            }
        }
    }

    public static void Forgetful(IEnumerable<(Tensor x, Tensor y)> data)
    {
        var model = new Scorer();
        var optimizer = optim.Adam(model.parameters());
        model.to(float64);
        var total = zeros(1);
        var losses = new List<Tensor>();
        for (var epoch = 0; epoch < 10; epoch++)
        {
            foreach (var (x, y) in data)
            {
                var loss = F.mse_loss(model.call(x), y);
                loss.backward();
                optimizer.step();
                optimizer.step();
                total += loss;
                losses.Add(loss);
            }

            model.eval();
            foreach (var (x, y) in data)
            {
                Console.WriteLine(F.mse_loss(model.call(x), y).ToSingle());
            }
        }
    }

    public static void Cleared(IEnumerable<(Tensor x, Tensor y)> data, Scorer model)
    {
        var optimizer = optim.AdamW(model.parameters(), lr: 10);
        data.ToList().ForEach(batch =>
        {
            nn.utils.clip_grad_norm_(model.parameters(), 1.0);
            F.mse_loss(model.call(batch.x), batch.y).backward();
            optimizer.zero_grad();
            optimizer.step();
        });
    }
}
