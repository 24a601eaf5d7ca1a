using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>One layer before a registered head, held in every way; 100 steps of Adam on a regression.</summary>
internal static class STAB5002
{
    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine("| the layer is in | tensors in parameters() | changed by 100 steps of Adam | in state_dict() |");
        Console.WriteLine("|---|---|---|---|");
        Report("a field", new InField());
        Report("a `ModuleList` in a field", new InModuleList());
        Report("a `List`", new InList());
        Report("an array", new InArray());
        Report("a `Dictionary`", new InDictionary());
        Report("a static field", new InStatic());
        Report("a field, assigned by a method later", new Late().Build());
        Report("a field, replaced by a method later", new Replaced().Build());
        Report("a tensor that requires a gradient", new InTensor());
        Report("a `Parameter`", new InParameter());
    }

    private static void Report(string name, Net net)
    {
        random.manual_seed(1);
        using var weight = net.Weight().detach().clone();
        using var optimizer = optim.Adam(net.parameters(), lr: 0.01);
        for (var step = 0; step < 100; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            functional.mse_loss(net.call(randn(16, 4)), ones(16, 1)).backward();
            optimizer.step();
        }

        var changed = !weight.Equals(net.Weight());
        var saved = net.state_dict().Values.Any(tensor => tensor.Equals(net.Weight()));
        Console.WriteLine($"| {name} | {net.parameters().Count()} | {(changed ? "yes" : "no")} | {(saved ? "yes" : "no")} |");
    }

    private abstract class Net() : Module<Tensor, Tensor>("Net")
    {
        protected readonly Linear head = Linear(4, 1);

        public abstract Tensor Weight();

        public override Tensor forward(Tensor x) => head.call(functional.linear(x, Weight()));
    }

    private sealed class InField : Net
    {
        private readonly Linear layer = Linear(4, 4);

        public InField() => RegisterComponents();

        public override Tensor Weight() => layer.weight;
    }

    private sealed class InModuleList : Net
    {
        private readonly ModuleList<Linear> layers = new(Linear(4, 4));

        public InModuleList() => RegisterComponents();

        public override Tensor Weight() => layers[0].weight;
    }

    private sealed class InList : Net
    {
        private readonly List<Linear> layers = [Linear(4, 4)];

        public InList() => RegisterComponents();

        public override Tensor Weight() => layers[0].weight;
    }

    private sealed class InArray : Net
    {
        private readonly Linear[] layers = [Linear(4, 4)];

        public InArray() => RegisterComponents();

        public override Tensor Weight() => layers[0].weight;
    }

    private sealed class InDictionary : Net
    {
        private readonly Dictionary<string, Linear> layers = new() { ["a"] = Linear(4, 4) };

        public InDictionary() => RegisterComponents();

        public override Tensor Weight() => layers["a"].weight;
    }

    private sealed class InStatic : Net
    {
        private static readonly Linear s_layer = Linear(4, 4);

        public InStatic() => RegisterComponents();

        public override Tensor Weight() => s_layer.weight;
    }

    private sealed class Late : Net
    {
        private Linear? layer;

        public Late() => RegisterComponents();

        public Late Build()
        {
            layer = Linear(4, 4);
            return this;
        }

        public override Tensor Weight() => layer!.weight;
    }

    private sealed class Replaced : Net
    {
        private Linear layer = Linear(4, 4);

        public Replaced() => RegisterComponents();

        public Replaced Build()
        {
            layer = Linear(4, 4);
            return this;
        }

        public override Tensor Weight() => layer.weight;
    }

    private sealed class InTensor : Net
    {
        private readonly Tensor weight = randn(4, 4, requires_grad: true);

        public InTensor() => RegisterComponents();

        public override Tensor Weight() => weight;
    }

    private sealed class InParameter : Net
    {
        private readonly Parameter weight = new(randn(4, 4, requires_grad: true));

        public InParameter() => RegisterComponents();

        public override Tensor Weight() => weight;
    }
}
