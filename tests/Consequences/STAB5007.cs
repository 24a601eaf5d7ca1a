using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>What is left of the parameters of a module when the dispose scope that it was made in has ended.</summary>
internal static class STAB5007
{
    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine("| made in the scope | parameters in the scope | after it | after it, when they were detached |");
        Console.WriteLine("|---|---|---|---|");
        Report("Linear", () => Linear(2, 2));
        Report("Bilinear", () => Bilinear(2, 2, 2));
        Report("Conv2d", () => Conv2d(1, 1, 3));
        Report("ConvTranspose2d", () => ConvTranspose2d(1, 1, 3));
        Report("BatchNorm2d", () => BatchNorm2d(2));
        Report("LayerNorm", () => LayerNorm(2));
        Report("GroupNorm", () => GroupNorm(1, 2));
        Report("PReLU", () => PReLU(1));
        Report("ParameterList", () => ParameterList(new Parameter(ones(2))));
        Report("Embedding", () => Embedding(4, 2));
        Report("EmbeddingBag", () => EmbeddingBag(4, 2));
        Report("RNN", () => RNN(2, 2));
        Report("LSTM", () => LSTM(2, 2));
        Report("GRU", () => GRU(2, 2));
        Report("RNNCell", () => RNNCell(2, 2));
        Report("LSTMCell", () => LSTMCell(2, 2));
        Report("GRUCell", () => GRUCell(2, 2));
        Report("MultiheadAttention", () => MultiheadAttention(4, 2));
        Report("TransformerEncoderLayer", () => TransformerEncoderLayer(4, 2, 8));
        Report("TransformerDecoderLayer", () => TransformerDecoderLayer(4, 2, 8));
        Report("TransformerEncoder", () => TransformerEncoder(TransformerEncoderLayer(4, 2, 8), 1));
        Report("TransformerDecoder", () => TransformerDecoder(TransformerDecoderLayer(4, 2, 8), 1));
        Report("Transformer", () => Transformer(4, 2, 1, 1, 8));
        Report("Sequential with an Embedding", () => Sequential(Embedding(4, 2)));
        Report("a module of your own with a Linear", () => new Own(false));
        Report("a module of your own with a Parameter", () => new Own(true));
    }

    private static void Report(string name, Func<Module> make)
    {
        Module module, detached;
        int before;
        using (NewDisposeScope())
        {
            module = make();
            before = module.parameters().Count();
            detached = make();
            foreach (var parameter in detached.parameters())
            {
                parameter.DetachFromDisposeScope();
            }
        }

        Console.WriteLine($"| {name} | {before} | {module.parameters().Count()} | {detached.parameters().Count()} |");
    }

    private sealed class Own : Module<Tensor, Tensor>
    {
        private readonly Linear? fc;
        private readonly Parameter? scale;

        public Own(bool withParameter)
            : base("Own")
        {
            if (withParameter)
            {
                scale = Parameter(ones(2));
            }
            else
            {
                fc = Linear(2, 2);
            }

            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => fc is not null ? fc.call(x) : x * scale!;
    }
}
