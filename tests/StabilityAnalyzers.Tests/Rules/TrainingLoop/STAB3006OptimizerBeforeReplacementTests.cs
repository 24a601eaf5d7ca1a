using StabilityAnalyzers.CodeFixes.TrainingLoop;
using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

public sealed class STAB3006OptimizerBeforeReplacementTests
{
    private const string Loop = " foreach (var (x, y) in Data.Batches()) { o.zero_grad(); F.mse_loss(net.call(x), y).backward(); o.step(); }";

    // ---- what must not be reported ----

    [Theory]
    [InlineData("var net = new Net(); net.to(float64); var o = optim.Adam(net.parameters());")]
    [InlineData("var net = new Net().to(CUDA); var o = optim.Adam(net.parameters()); net.to(CUDA);")]
    [InlineData("var net = new Net(); net.cuda(); var o = optim.Adam(net.parameters()); net.cuda();")]
    // nothing is replaced
    [InlineData("var net = new Net(); var o = optim.Adam(net.parameters()); net.to(float32);")]
    [InlineData("var net = new Net(); var o = optim.Adam(net.parameters()); net.to(CPU);")]
    [InlineData("var net = new Net(); var o = optim.Adam(net.parameters()); net.cpu();")]
    [InlineData("var cpu = CPU; var net = new Net(); var o = optim.Adam(net.parameters()); net.to(cpu);")]
    // not known
    [InlineData("var net = new Net(); var o = optim.Adam(net.parameters()); net.to(given);")]
    [InlineData("var net = Sequential(Linear(1, 1, device: CUDA)); var o = optim.Adam(net.parameters()); net.to(CUDA);")]
    [InlineData("var net = new Placed(CUDA); var o = optim.Adam(net.parameters()); net.to(CUDA);")]
    // layers that are moved in place
    [InlineData("var net = Sequential(Embedding(2, 2)); var o = optim.Adam(net.parameters()); net.to(float64);")]
    [InlineData("var net = Embedding(2, 2); var o = optim.Adam(net.parameters()); net.cuda();")]
    // another model, another optimizer
    [InlineData("var other = new Net(); var net = new Net(); var o = optim.Adam(net.parameters()); other.to(float64);")]
    [InlineData("var net = new Net(); var o = optim.Adam(net.parameters()); net.to(float64); o = optim.Adam(net.parameters());")]
    public Task Silent(string before) => Verify.Analyzer<STAB3006OptimizerBeforeReplacement>(Code(before + Loop));

    [Fact]
    public Task Silent_saved_as_half_at_the_end() => Verify.Analyzer<STAB3006OptimizerBeforeReplacement>(
        Code("var net = new Net(); var o = optim.Adam(net.parameters());" + Loop + " net.half().save(\"model.dat\");"));

    [Fact]
    public Task Silent_each_fold_has_its_own() => Verify.Analyzer<STAB3006OptimizerBeforeReplacement>(
        Code("for (var fold = 0; fold < 5; fold++) { var net = new Net(); var o = optim.Adam(net.parameters());" + Loop + " net.to(float64); }"));

    [Fact]
    public Task Silent_the_class_moves_itself() => Verify.Analyzer<STAB3006OptimizerBeforeReplacement>("""
        class Moved : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(1, 1);
            public Moved() : base("Moved") { RegisterComponents(); this.cuda(); }
            public override Tensor forward(Tensor x) => fc.call(x);
            public static void Train(Tensor x)
            {
                var net = new Moved();
                var o = optim.Adam(net.parameters());
                net.cuda();
                while (true) { o.zero_grad(); net.call(x).sum().backward(); o.step(); }
            }
        }
        """);

    [Fact]
    public Task Silent_in_broken_code() => Verify.Silent<STAB3006OptimizerBeforeReplacement>(Code("var net = new Ne(; var o = optim.Adam(net.parameters(; net.to(float64);" + Loop));

    // ---- what must be reported ----

    [Theory]
    [InlineData("var net = new Net(); var o = [|optim.Adam(net.parameters())|]; net.to(float64);")]
    [InlineData("var net = new Net(); var o = [|optim.SGD(net.parameters(), 0.1)|]; net.half();")]
    [InlineData("var net = new Net(); var o = [|optim.Adam(net.parameters())|]; net.to(CUDA);")]
    [InlineData("var net = new Net(); var o = [|optim.Adam(net.parameters())|]; net.cuda();")]
    [InlineData("var device = cuda.is_available() ? CUDA : CPU; var net = new Net(); var o = [|optim.Adam(net.parameters())|]; net.to(device);")]
    [InlineData("var net = new Net(); var o = [|optim.Adam(net.parameters())|]; net.to(torch.device(\"cuda:0\"));")]
    [InlineData("var net = new Net(); var o = [|optim.Adam(net.parameters())|]; net.to(\"cuda\");")]
    [InlineData("var net = Sequential(Linear(1, 1), ReLU()); var o = [|optim.Adam(net.parameters())|]; net.to(float64);")]
    [InlineData("var net = new Net(); var o = [|optim.Adam(net.parameters())|]; net.Head.weight = Parameter(zeros(1, 16));")]
    [InlineData("var net = Linear(1, 1); var o = [|optim.Adam(net.parameters())|]; net.weight = Parameter(zeros(1, 1));")]
    public Task Reports(string before) => Verify.Analyzer<STAB3006OptimizerBeforeReplacement>(Code(before + Loop));

    [Fact]
    public Task Reports_over_methods() => Verify.Analyzer<STAB3006OptimizerBeforeReplacement>(Loops.Models + """
        class Trainer
        {
            private readonly Net model = new();
            private readonly optim.Optimizer optimizer;
            public Trainer() { optimizer = [|optim.Adam(model.parameters())|]; }
            static void Start()
            {
                var trainer = new Trainer();
                trainer.Train();
            }
            public void Train()
            {
                Prepare();
                foreach (var (x, y) in Data.Batches()) { F.mse_loss(model.call(x), y).backward(); optimizer.step(); }
            }
            private void Prepare() => model.to(float64);
        }
        """);

    [Fact]
    public Task Message() => Verify.Message<STAB3006OptimizerBeforeReplacement>(
        Code("var net = new Net(); var o = {|#0:optim.Adam(net.parameters())|}; net.to(float64);" + Loop),
        "'net.to(float64)' gives the model other parameters after the optimizer was made: step will throw a KeyNotFoundException");

    // ---- the fix ----

    [Fact]
    public Task Fix_makes_the_optimizer_afterwards() => Verify.CodeFix<STAB3006OptimizerBeforeReplacement, STAB3006MoveOptimizerFix>(
        Code("""
            var net = new Net();
                    // learns
                    var o = [|optim.Adam(net.parameters())|]; // here
                    // in double precision
                    net.to(float64);
            """ + "\n        " + Loop.TrimStart()),
        Code("""
            var net = new Net();
                    // in double precision
                    net.to(float64);
                    // learns
                    var o = optim.Adam(net.parameters()); // here
            """ + "\n        " + Loop.TrimStart()),
        "STAB3006:best",
        "Make the optimizer afterwards");

    [Fact]
    public Task Not_fixed_where_something_needs_the_optimizer() => Verify.NoCodeFix<STAB3006OptimizerBeforeReplacement, STAB3006MoveOptimizerFix>(
        Code("var net = new Net(); var o = [|optim.Adam(net.parameters())|]; var s = optim.lr_scheduler.StepLR(o, 1); net.to(float64);" + Loop));

    private static string Code(string body) => Loops.Models + $$"""
        class Placed : Module<Tensor, Tensor>
        {
            private readonly Linear fc;
            public Placed(Device device) : base("Placed") { fc = Linear(1, 1, device: device); RegisterComponents(); }
            public override Tensor forward(Tensor x) => fc.call(x);
        }

        class Trainer
        {
            void Train(Device given)
            {
                {{body}}
            }
        }
        """;
}
