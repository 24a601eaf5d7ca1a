using System.Globalization;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Initialization;

public sealed class STAB2001InitializerDoesNotFitTests
{
    /// <summary>Initialisers that fit, published recipes, and what is no choice between activations. None may be reported.</summary>
    public static TheoryData<string, string> Fitting => new()
    {
        { "default written out", Net("init.kaiming_uniform_(a.weight, Math.Sqrt(5)); init.kaiming_uniform_(b.weight, Math.Sqrt(5));", "torch.tanh(h)") },
        { "DCGAN, GPT", Net("init.normal_(a.weight, 0, 0.02); init.normal_(b.weight, 0.0, 0.02);", "F.relu(h)") },
        { "He before ReLU", Net("init.kaiming_normal_(a.weight, nonlinearity: init.NonlinearityType.ReLU); init.kaiming_uniform_(b.weight);", "F.relu(h)") },
        { "He before LeakyReLU", Net("init.kaiming_normal_(a.weight, 0.2); init.kaiming_normal_(b.weight, 0.01, init.FanInOut.FanOut, init.NonlinearityType.LeakyReLU);", "F.leaky_relu(h, 0.2)") },
        { "He before Hardswish", Net("init.kaiming_normal_(a.weight, mode: init.FanInOut.FanOut); init.kaiming_uniform_(b.weight);", "F.hardswish(h)") },
        { "He before GELU and SiLU", Net("init.kaiming_normal_(a.weight); init.kaiming_uniform_(b.weight);", "F.silu(h)") },
        { "Xavier with the gain of ReLU", Net("init.xavier_uniform_(a.weight, init.calculate_gain(init.NonlinearityType.ReLU)); init.xavier_normal_(b.weight, Math.Sqrt(2));", "F.relu(h)") },
        { "Xavier before tanh", Net("init.xavier_uniform_(a.weight); init.xavier_normal_(b.weight, init.calculate_gain(init.NonlinearityType.Tanh));", "torch.tanh(h)") },
        { "He with the gain of tanh", Net("init.kaiming_normal_(a.weight, nonlinearity: init.NonlinearityType.Tanh);", "torch.tanh(h)") },
        { "Xavier before sigmoid", Net("init.xavier_uniform_(a.weight); init.xavier_normal_(b.weight, 4);", "torch.sigmoid(h)") },
        { "Xavier before ELU and SELU", Net("init.xavier_uniform_(a.weight); init.xavier_normal_(b.weight);", "F.selu(h)") },
        { "He on all layers of a ReLU model with a sigmoid head", Net("foreach (var m in modules()) if (m is Linear l) init.kaiming_normal_(l.weight);", "F.relu(h)", "torch.sigmoid(head.call(h))") },
        { "He before a sigmoid gate", Net("init.kaiming_normal_(a.weight); init.kaiming_normal_(b.weight);", "h * torch.sigmoid(b.call(h))") },
        { "Xavier before a norm", Net("init.xavier_uniform_(a.weight); init.xavier_uniform_(b.weight);", "F.relu(norm.call(h))") },
        { "orthogonal, constant, zero", Net("init.orthogonal_(a.weight); init.zeros_(b.weight); init.constant_(b.bias, 0.1);", "F.relu(h)") },
        { "unknown gain", Net("init.xavier_uniform_(a.weight, new Random().NextDouble()); init.xavier_uniform_(b.weight, new Random().NextDouble());", "F.relu(h)") },
        { "overwritten", Net("init.xavier_uniform_(a.weight); foreach (var p in parameters()) p.copy_(torch.zeros(1));", "F.relu(h)") },
        { "loaded later", Net("init.xavier_uniform_(a.weight);", "F.relu(h)", more: "static class Program { static void Run() { var net = new Net(); net.load(\"net.dat\"); } }") },
        { "Xavier within a residual branch", Net("init.xavier_uniform_(a.weight);", "F.relu(h)", "x + head.call(h)") },
        { "Xavier within a scaled residual branch", Net("init.xavier_uniform_(a.weight); init.xavier_uniform_(b.weight);", "F.relu(h)", "x + 0.1 * head.call(h)") },
        { "initialised before registration, when modules() sees nothing", Net("", "F.relu(h)", before: "foreach (var m in modules()) if (m is Linear l) init.xavier_uniform_(l.weight);") },
    };

    [Theory]
    [MemberData(nameof(Fitting))]
    public async Task Fitting_or_unknown_initialiser_is_left_alone(string what, string code)
    {
        Assert.NotEmpty(what);
        Assert.Empty(await Diagnostics(code));
    }

    [Theory]
    [InlineData("init.xavier_uniform_(a.weight);", "F.relu(h)", "Xavier does not fit the relu behind 'a': it leaves x0.71", "He leaves x1.0")]
    [InlineData("init.xavier_normal_(a.weight);", "F.gelu(h)", "Xavier does not fit the gelu behind 'a'", "He leaves x")]
    [InlineData("init.glorot_uniform_(a.weight, 1.0);", "F.silu(h)", "Xavier does not fit the silu behind 'a'", "He leaves x")]
    [InlineData("init.kaiming_uniform_(a.weight, nonlinearity: init.NonlinearityType.Linear);", "F.relu(h)", "He (gain 1.0) does not fit the relu behind 'a'", "He leaves x1.0")]
    [InlineData("init.xavier_uniform_(a.weight, init.calculate_gain(init.NonlinearityType.Tanh));", "F.relu(h)", "Xavier (gain 5/3) does not fit the relu behind 'a': it leaves x1.2", "He leaves x1.0")]
    public async Task Misfit_is_information_in_a_shallow_model(string call, string activation, string start, string end)
    {
        var diagnostic = Assert.Single(await Diagnostics(Net(call, activation)));
        Assert.Equal(DiagnosticSeverity.Info, diagnostic.Severity);
        var message = diagnostic.GetMessage(CultureInfo.InvariantCulture);
        Assert.StartsWith(start, message, StringComparison.Ordinal);
        Assert.Contains(end, message, StringComparison.Ordinal);
        Assert.Equal(call.TrimEnd(';'), diagnostic.Location.SourceTree!.GetText().ToString(diagnostic.Location.SourceSpan));
    }

    [Fact]
    public async Task Misfit_is_a_warning_where_it_makes_the_gradient_vanish()
    {
        var diagnostic = Assert.Single(await Diagnostics(Deep("init.xavier_uniform_(l.weight)", "ReLU()", 80)));
        Assert.Equal(DiagnosticSeverity.Warning, diagnostic.Severity);
        Assert.Empty(await Diagnostics(Deep("init.kaiming_uniform_(l.weight)", "ReLU()", 80)));
    }

    // Xavier behind a sigmoid leaves less of the gradient than He does, and before tanh no more.
    [Theory]
    [InlineData("init.kaiming_uniform_(a.weight)", "torch.tanh(h)")]
    [InlineData("init.kaiming_normal_(a.weight, 0, init.FanInOut.FanIn, init.NonlinearityType.ReLU)", "torch.sigmoid(h)")]
    [InlineData("init.kaiming_normal_(a.weight, nonlinearity: init.NonlinearityType.ReLU)", "torch.sigmoid(h)")]
    public async Task Initialiser_than_which_the_usual_one_is_no_better_is_left_alone(string call, string activation) =>
        Assert.Empty(await Diagnostics(Net(call + ";", activation)));

    [Fact]
    public async Task No_initialiser_helps_a_deep_stack_of_sigmoids() =>
        Assert.Empty(await Diagnostics(Deep("init.kaiming_uniform_(l.weight)", "Sigmoid()", 30)));

    [Theory]
    [InlineData("init.xavier_uniform_(a.weight)", "F.relu(h)", "init.kaiming_uniform_(a.weight, nonlinearity: init.NonlinearityType.ReLU)")]
    [InlineData("init.xavier_normal_(a.weight)", "F.leaky_relu(h, 0.2)", "init.kaiming_normal_(a.weight, 0.2)")]
    public async Task Fix_puts_the_right_call_in_its_place(string before, string activation, string after)
    {
        var code = Net(before + ";", activation);
        var (id, key, changed) = Assert.Single(await FixRunner.ApplyEach(code, await Diagnostics(code)));
        Assert.Equal(("STAB2001", "STAB2001:best"), (id, key));
        Assert.Equal(Net(after + ";", activation), changed);
        Assert.Empty(await Diagnostics(changed));
    }

    private static async Task<IReadOnlyList<Diagnostic>> Diagnostics(string code)
    {
        Assert.Empty(Driver.Compile(code).GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return [.. (await Driver.Diagnostics(code, new ModelGraphAnalyzer())).Where(diagnostic => diagnostic.Id == "STAB2001")];
    }

    private static string Net(string initializers, string activation, string result = "head.call(h)", string more = "", string before = "") => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear a = Linear(64, 64), b = Linear(64, 64), head = Linear(64, 64);
            private readonly Module<Tensor, Tensor> norm = LayerNorm(64);

            public Net() : base("net")
            {
                {{before}}
                RegisterComponents();
                {{initializers}}
            }

            public override Tensor forward(Tensor x)
            {
                var h = a.call(x);
                h = {{activation}};
                h = b.call(h);
                h = {{activation}};
                return {{result}};
            }
        }
        {{more}}
        """;

    private static string Deep(string call, string activation, int depth) => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Sequential layers = Sequential(Enumerable.Range(0, {{depth}}).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(64, 64), {{activation}} }));
            public Net() : base("net")
            {
                RegisterComponents();
                foreach (var m in modules()) { if (m is Linear l) {{call}}; }
            }
            public override Tensor forward(Tensor x) => layers.call(x);
        }
        """;
}
