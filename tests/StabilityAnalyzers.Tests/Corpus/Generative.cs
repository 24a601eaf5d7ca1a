// A GAN whose generator is recurrent, with one of the two networks clipped, and a base class that trains.
namespace Corpus;

public abstract class TrainerBase<TModel> where TModel : Module<Tensor, Tensor>
{
    protected abstract TModel Model { get; }

    protected virtual void AfterBackward() { }

    protected void Descend(optim.Optimizer optimizer, Tensor loss)
    {
        optimizer.zero_grad();
        loss.backward();
        AfterBackward();
        optimizer.step();
    }
}

public sealed class Gan : TrainerBase<Module<Tensor, Tensor>>
{
    private sealed class Generator : Module<Tensor, Tensor>
    {
        private readonly RNN rnn = RNN(4, 16);
        private readonly Module<Tensor, Tensor> output = Sequential(Linear(16, 4), Tanh());

        public Generator() : base("Generator") => RegisterComponents();

        public override Tensor forward(Tensor noise) => output.call(rnn.call(noise).Item1);
    }

    private readonly Module<Tensor, Tensor> _generator = new Generator();
    private readonly Sequential _critic = Sequential(("in", Linear(4, 32)), ("act", LeakyReLU(0.2)), ("out", Linear(32, 1)));

    protected override Module<Tensor, Tensor> Model => _generator;

    public void Train(Func<Tensor> real, int steps)
    {
        using var generatorOptimizer = optim.Adam(_generator.parameters(), 2e-4, 0.5, 0.999);
        using var criticOptimizer = optim.RMSProp(_critic.parameters(), 5e-5);
        var step = 0;
        while (step++ < steps)
        {
            using var scope = NewDisposeScope();
            for (var i = 0; i < 5; i++)
            {
                criticOptimizer.zero_grad();
                var loss = _critic.call(_generator.call(randn(8, 16, 4)).detach()).mean() - _critic.call(real()).mean();
                loss.backward();
                nn.utils.clip_grad_norm_(_critic.parameters(), 1.0);
                criticOptimizer.step();
                using (no_grad())
                {
                    foreach (var p in _critic.parameters()) p.clamp_(-0.01, 0.01);
                }
            }

            generatorOptimizer.zero_grad();
            (-_critic.call(_generator.call(randn(8, 16, 4))).mean()).backward();
            generatorOptimizer.step();
        }
    }
}
