using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>One or two layers, whose registration is left out, comes too early, or is done by a base class: what parameters() finds.</summary>
internal static class STAB5001
{
    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine("| module | tensors it has | in parameters() | loss over 100 steps of SGD |");
        Console.WriteLine("|---|---|---|---|");
        Report("calls `RegisterComponents()` last", 2, new Right());
        Report("does not call it", 2, new Without());
        Report("does not call it, in a field of a module that does", 2, new Holder(new Without()));
        Report("does not call it, in a `Sequential`", 2, Sequential(("a", new Without())));
        Report("does not call it, in a `ModuleList` in a field of a module that does", 2, new ListHolder(new Without()));
        Report("calls it before the layer is assigned", 2, new Early());
        Report("adds the layer to a `ModuleList` after the call", 2, new EarlyList());
        Report("layer in the constructor of a class whose base calls it", 4, new Derived());
        Report("layer in a field initialiser of a class whose base calls it", 4, new DerivedInitializer());
    }

    private static void Report(string name, int has, Module<Tensor, Tensor> module)
    {
        random.manual_seed(1);
        foreach (var parameter in module.parameters())
        {
            init.constant_(parameter, 0.1);
        }

        using var x = ones(4, 2);
        using var y = ones(4, 2);
        var before = Loss();
        using var optimizer = optim.SGD(module.parameters(), 0.1);
        for (var step = 0; step < 100; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            functional.mse_loss(module.call(x), y).backward();
            optimizer.step();
        }

        Console.WriteLine(FormattableString.Invariant($"| {name} | {has} | {module.parameters().Count()} | {(Loss() < before / 100 ? "falls" : Loss() == before ? "does not change" : "changes")} |"));

        float Loss()
        {
            using var scope = NewDisposeScope();
            return functional.mse_loss(module.call(x), y).ToSingle();
        }
    }

    private sealed class Right : Module<Tensor, Tensor>
    {
        private readonly Linear fc;

        public Right()
            : base("Right")
        {
            fc = Linear(2, 2);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => fc.call(x);
    }

    private sealed class Without() : Module<Tensor, Tensor>("Without")
    {
        private readonly Linear fc = Linear(2, 2);

        public override Tensor forward(Tensor x) => fc.call(x);
    }

    private sealed class Holder : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> inner;

        public Holder(Module<Tensor, Tensor> inner)
            : base("Holder")
        {
            this.inner = inner;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => inner.call(x);
    }

    private sealed class ListHolder : Module<Tensor, Tensor>
    {
        private readonly ModuleList<Module<Tensor, Tensor>> inner;

        public ListHolder(Module<Tensor, Tensor> inner)
            : base("ListHolder")
        {
            this.inner = new(inner);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => inner[0].call(x);
    }

    private sealed class Early : Module<Tensor, Tensor>
    {
        private readonly Linear fc;

        public Early()
            : base("Early")
        {
            RegisterComponents();
            fc = Linear(2, 2);
        }

        public override Tensor forward(Tensor x) => fc.call(x);
    }

    private sealed class EarlyList : Module<Tensor, Tensor>
    {
        private readonly ModuleList<Linear> list = new();

        public EarlyList()
            : base("EarlyList")
        {
            RegisterComponents();
            list.Add(Linear(2, 2));
        }

        public override Tensor forward(Tensor x) => list[0].call(x);
    }

    private class Base : Module<Tensor, Tensor>
    {
        protected readonly Linear a = Linear(2, 2);

        protected Base()
            : base("Base") => RegisterComponents();

        public override Tensor forward(Tensor x) => a.call(x);
    }

    private sealed class Derived : Base
    {
        private readonly Linear b;

        public Derived()
        {
            b = Linear(2, 2);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => b.call(base.forward(x));
    }

    private sealed class DerivedInitializer : Base
    {
        private readonly Linear b = Linear(2, 2);

        public DerivedInitializer() => RegisterComponents();

        public override Tensor forward(Tensor x) => b.call(base.forward(x));
    }
}
