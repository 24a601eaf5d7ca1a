using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>How often the hooks of a child and of its parent run.</summary>
internal static class STAB5011
{
    public static void Run()
    {
        Console.WriteLine("| the parent runs its child by | the parent is run by | hooks of the child that ran | hooks of the parent that ran |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var inner in new[] { "forward", "call" })
        {
            foreach (var outer in new[] { "forward", "call" })
            {
                var (child, parent) = (0, 0);
                using var net = new Net(inner == "call");
                net.Child.register_forward_hook((_, _, output) =>
                {
                    child++;
                    return output;
                });
                net.register_forward_hook((_, _, output) =>
                {
                    parent++;
                    return output;
                });
                using var scope = NewDisposeScope();
                _ = outer == "call" ? net.call(ones(1, 2)) : net.forward(ones(1, 2));
                Console.WriteLine($"| `{inner}` | `{outer}` | {child} of 1 | {parent} of 1 |");
            }
        }
    }

    private sealed class Net : Module<Tensor, Tensor>
    {
        private readonly bool byCall;

        public Net(bool byCall)
            : base("Net")
        {
            this.byCall = byCall;
            RegisterComponents();
        }

        public Linear Child => fc;

        private readonly Linear fc = Linear(2, 2);

        public override Tensor forward(Tensor x) => byCall ? fc.call(x) : fc.forward(x);
    }
}
