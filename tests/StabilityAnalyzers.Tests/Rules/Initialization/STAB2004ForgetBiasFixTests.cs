using StabilityAnalyzers.CodeFixes.Initialization;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Initialization;

public sealed class STAB2004ForgetBiasFixTests
{
    [Fact]
    public async Task Bias_is_set_at_the_end_of_the_constructor() => await Verify.CodeFix<ModelGraphAnalyzer, STAB2004ForgetBiasFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly LSTM lstm;
            private readonly Linear head = Linear(64, 4);

            public Net(int hidden = 64) : base("net")
            {
                lstm = {|STAB2004:LSTM(16, hidden, batchFirst: true)|};
                RegisterComponents(); // both
            }

            public override Tensor forward(Tensor x)
            {
                var (y, h, c) = lstm.call(x.view(-1, 16, 16));
                return head.call(y);
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly LSTM lstm;
            private readonly Linear head = Linear(64, 4);

            public Net(int hidden = 64) : base("net")
            {
                lstm = LSTM(16, hidden, batchFirst: true);
                RegisterComponents(); // both
                using (no_grad())
                {
                    lstm.get_parameter("bias_ih_l0")!.narrow(0, hidden, hidden).fill_(1);
                }
            }

            public override Tensor forward(Tensor x)
            {
                var (y, h, c) = lstm.call(x.view(-1, 16, 16));
                return head.call(y);
            }
        }
        """,
        "STAB2004:best",
        "Start 'lstm' with a forget-gate bias of 1 (horizon of 'lstm': 6.5 -> 17 time steps)");

    [Fact]
    public async Task Every_layer_and_direction_gets_it() => await Verify.CodeFix<ModelGraphAnalyzer, STAB2004ForgetBiasFix>(
        """
        #nullable disable
        class Net : Module<Tensor, Tensor>
        {
            private readonly LSTM lstm = {|STAB2004:LSTM(16, 64, numLayers: 2, bidirectional: true, batchFirst: true)|};
            private readonly Linear head = Linear(128, 4);

            public Net() : base("net") => RegisterComponents();

            public override Tensor forward(Tensor x) => head.call(lstm.call(x.view(-1, 16, 16)).Item1);
        }
        """,
        """
        #nullable disable
        class Net : Module<Tensor, Tensor>
        {
            private readonly LSTM lstm = LSTM(16, 64, numLayers: 2, bidirectional: true, batchFirst: true);
            private readonly Linear head = Linear(128, 4);

            public Net() : base("net")
            {
                RegisterComponents();
                using (no_grad())
                {
                    lstm.get_parameter("bias_ih_l0").narrow(0, 64, 64).fill_(1);
                    lstm.get_parameter("bias_ih_l0_reverse").narrow(0, 64, 64).fill_(1);
                    lstm.get_parameter("bias_ih_l1").narrow(0, 64, 64).fill_(1);
                    lstm.get_parameter("bias_ih_l1_reverse").narrow(0, 64, 64).fill_(1);
                }
            }

            public override Tensor forward(Tensor x) => head.call(lstm.call(x.view(-1, 16, 16)).Item1);
        }
        """);

    [Fact]
    public async Task Cell_is_known_under_shorter_names() => await Verify.CodeFix<ModelGraphAnalyzer, STAB2004ForgetBiasFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly LSTMCell cell = {|STAB2004:LSTMCell(16, 64)|};
            private readonly Linear head = Linear(64, 4);

            public Net() : base("net")
            {
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                var (h, c) = cell.call(x);
                (h, c) = cell.call(x, (h, c));
                return head.call(h);
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly LSTMCell cell = LSTMCell(16, 64);
            private readonly Linear head = Linear(64, 4);

            public Net() : base("net")
            {
                RegisterComponents();
                using (no_grad())
                {
                    cell.get_parameter("bias_ih")!.narrow(0, 64, 64).fill_(1);
                }
            }

            public override Tensor forward(Tensor x)
            {
                var (h, c) = cell.call(x);
                (h, c) = cell.call(x, (h, c));
                return head.call(h);
            }
        }
        """,
        configuration: "stability.gradient_flow.recurrent_steps = 16");

    [Fact]
    public async Task Nothing_is_offered_for_a_layer_of_a_list()
    {
        const string Code = """
            class Net : Module<Tensor, Tensor>
            {
                private readonly ModuleList<LSTM> layers = new ModuleList<LSTM>();

                public Net() : base("net")
                {
                    for (var i = 0; i < 2; i++) layers.Add({|STAB2004:LSTM(16, 16, batchFirst: true)|});
                    RegisterComponents();
                }

                public override Tensor forward(Tensor x) => layers[1].call(layers[0].call(x.view(-1, 16, 16)).Item1).Item1;
            }
            """;
        await Verify.CodeFix<ModelGraphAnalyzer, STAB2004ForgetBiasFix>(Code, Code);
    }
}
