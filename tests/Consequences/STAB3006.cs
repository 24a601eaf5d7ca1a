using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>
/// An optimizer is made, the parameters are replaced, and it steps: what happens, for each kind of layer. The change is
/// one of the data type, which every machine can make; a change of the device replaces parameters in the same way.
/// </summary>
internal static class STAB3006
{
    public static void Run()
    {
        set_num_threads(1);
        Report.Head("layer", "change", "SGD", "SGD with momentum", "Adam");
        foreach (var (name, make) in new (string, Func<Module>)[]
        {
            ("Linear", () => Linear(2, 2)),
            ("Bilinear", () => Bilinear(2, 2, 2)),
            ("Conv2d", () => Conv2d(1, 1, 1)),
            ("ConvTranspose2d", () => ConvTranspose2d(1, 1, 1)),
            ("BatchNorm1d", () => BatchNorm1d(2)),
            ("InstanceNorm1d", () => InstanceNorm1d(2, affine: true)),
            ("LayerNorm", () => LayerNorm(2)),
            ("GroupNorm", () => GroupNorm(1, 2)),
            ("PReLU", () => PReLU(1)),
            ("Parameter of a module of your own", () => new Scale()),
            ("Embedding", () => Embedding(2, 2)),
            ("EmbeddingBag", () => EmbeddingBag(2, 2)),
            ("RNN", () => RNN(2, 2)),
            ("GRU", () => GRU(2, 2)),
            ("LSTM", () => LSTM(2, 2)),
            ("LSTMCell", () => LSTMCell(2, 2)),
            ("MultiheadAttention", () => MultiheadAttention(2, 1)),
            ("TransformerEncoderLayer", () => TransformerEncoderLayer(2, 1, 2)),
        })
        {
            Row(name, "to(float64)", make, module => module.to(float64));
        }

        Row("Linear", "to(float32), to(CPU): as it is already", () => Linear(2, 2), module => module.to(float32).to(CPU));
        Row("Linear", "weight = Parameter(...)", () => Linear(2, 2), module => ((Linear)module).weight = Parameter(rand(2, 2)));
        Row("Linear", "bias = Parameter(...)", () => Linear(2, 2), module => ((Linear)module).bias = Parameter(rand(2)));
        Row("Conv2d", "weight = Parameter(...)", () => Conv2d(1, 1, 1), module => ((Conv2d)module).weight = Parameter(rand(1, 1, 1, 1)));
        Row("Embedding", "weight = Parameter(...)", () => Embedding(2, 2), module => ((Embedding)module).weight = Parameter(rand(2, 2)));
        Row("LayerNorm", "weight = Parameter(...)", () => LayerNorm(2), module => ((LayerNorm)module).weight = Parameter(rand(2)));
    }

    private static void Row(string layer, string change, Func<Module> make, Action<Module> replace)
    {
        var outcomes = new Func<IEnumerable<Parameter>, optim.Optimizer>[]
        {
            parameters => optim.SGD(parameters, 0.1),
            parameters => optim.SGD(parameters, 0.1, momentum: 0.9),
            parameters => optim.Adam(parameters, 0.1),
        }.Select(optimizer => Outcome(make, optimizer, replace));
        Report.Row([layer, $"`{change}`", .. outcomes]);
    }

    private static string Outcome(Func<Module> make, Func<IEnumerable<Parameter>, optim.Optimizer> optimizer, Action<Module> replace)
    {
        try
        {
            var module = make();
            var o = optimizer(module.parameters());
            replace(module);
            foreach (var parameter in module.parameters())
            {
                parameter.square().sum().backward();
            }

            var before = module.parameters().First().detach().clone();
            o.step();
            return module.parameters().First().detach().sub(before).abs().max().ToDouble() > 0 ? "trains" : "changes nothing";
        }
        catch (Exception exception)
        {
            return exception.GetType().Name;
        }
    }

    private sealed class Scale : Module<Tensor, Tensor>
    {
        private readonly Parameter scale = Parameter(rand(2));

        public Scale()
            : base(nameof(Scale)) => RegisterComponents();

        public override Tensor forward(Tensor input) => input * scale;
    }
}
