using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Tests.Rules.Initialization;

public sealed class STAB2004MissingForgetBiasTests
{
    private const string Forward = "var (y, h, c) = r.call(x.view(-1, 50, 16)); return head.call(y);";

    public static TheoryData<string, string> Silent => new()
    {
        { "length of the sequence not known", Net("LSTM(16, 64, batchFirst: true)", "var (y, h, c) = r.call(x); return head.call(y);") },
        { "batch first not said: the first dimension is the sequence", Net("LSTM(16, 64)", Forward) },
        { "batch first not known", "class Net : Module<Tensor, Tensor> { private readonly LSTM r; public Net(bool first) : base(\"n\") { r = LSTM(16, 64, batchFirst: first); RegisterComponents(); } public override Tensor forward(Tensor x) { var (y, h, c) = r.call(x.view(-1, 50, 16)); return y; } }" },
        { "length from outside", Net("LSTM(16, 64, batchFirst: true)", "var (y, h, c) = r.call(x.view(-1, x.shape[1], 16)); return head.call(y);") },
        { "positions moved in between", Net("LSTM(16, 64, batchFirst: true)", "var (y, h, c) = r.call(x.view(-1, 50, 16).transpose(0, 1)); return head.call(y);") },
        { "short sequence", Net("LSTM(16, 64, batchFirst: true)", "var (y, h, c) = r.call(x.view(-1, 6, 16)); return head.call(y);") },
        { "no biases", Net("LSTM(16, 64, bias: false, batchFirst: true)", Forward) },
        { "a GRU", Net("GRU(16, 64, batchFirst: true)", "var (y, h) = r.call(x.view(-1, 50, 16)); return head.call(y);") },
        { "an RNN", Net("RNN(16, 64, batchFirst: true)", "var (y, h) = r.call(x.view(-1, 50, 16)); return head.call(y);") },
        { "bias set by name", Net("LSTM(16, 64, batchFirst: true)", Forward, "using (torch.no_grad()) r.get_parameter(\"bias_ih_l0\").narrow(0, 64, 64).fill_(1);") },
        { "bias set by an initialiser", Net("LSTM(16, 64, batchFirst: true)", Forward, "using (torch.no_grad()) init.ones_(r.get_parameter(\"bias_hh_l0\").narrow(0, 64, 64));") },
        { "bias set in a loop", Net("LSTM(16, 64, batchFirst: true)", Forward, "using (torch.no_grad()) foreach (var (name, p) in r.named_parameters()) if (name.Contains(\"bias\")) p.narrow(0, 64, 64).fill_(1);") },
        { "bias set in a loop over the model", Net("LSTM(16, 64, batchFirst: true)", Forward, "using (torch.no_grad()) foreach (var (name, p) in named_parameters()) if (name.Contains(\"bias\")) p.narrow(0, 64, 64).fill_(1);") },
        { "bias added to", Net("LSTM(16, 64, batchFirst: true)", Forward, "using (torch.no_grad()) r.get_parameter(\"bias_ih_l0\").narrow(0, 64, 64).add_(1);") },
        { "bias copied", Net("LSTM(16, 64, batchFirst: true)", Forward, "using (torch.no_grad()) r.get_parameter(\"bias_ih_l0\").copy_(cat(new[] { zeros(64), ones(64), zeros(128) }));") },
        { "element assigned", Net("LSTM(16, 64, batchFirst: true)", Forward, "using (torch.no_grad()) r.get_parameter(\"bias_ih_l0\")[TensorIndex.Slice(64, 128)] = torch.tensor(1f);") },
        { "element assigned in a loop", Net("LSTM(16, 64, batchFirst: true)", Forward, "using (torch.no_grad()) foreach (var (name, p) in r.named_parameters()) if (name.Contains(\"bias\")) p[TensorIndex.Slice(64, 128)] = torch.tensor(1f);") },
        { "view kept", Net("LSTM(16, 64, batchFirst: true)", Forward, "using (torch.no_grad()) { var gate = r.get_parameter(\"bias_ih_l0\").narrow(0, 64, 64); gate.fill_(1); }") },
        { "all parameters drawn anew", Net("LSTM(16, 64, batchFirst: true)", Forward, "foreach (var p in r.parameters()) init.uniform_(p, -0.1, 0.1);") },
        { "one of two layers set", Net("LSTM(16, 64, numLayers: 2, batchFirst: true)", Forward, "using (torch.no_grad()) r.get_parameter(\"bias_ih_l0\").narrow(0, 64, 64).fill_(1);") },
        { "set by a helper", Net("LSTM(16, 64, batchFirst: true)", Forward, "H.Open(r);") + "static class H { public static void Open(LSTM l) { using (torch.no_grad()) l.get_parameter(\"bias_ih_l0\").narrow(0, 64, 64).fill_(1); } }" },
        { "set from outside", Net("LSTM(16, 64, batchFirst: true)", Forward) + "static class P { static void Run() { var n = new Net(); using (torch.no_grad()) foreach (var (name, p) in n.named_parameters()) if (name.Contains(\"bias_ih\")) p.narrow(0, 64, 64).fill_(1); } }" },
        { "elements set from outside", Net("LSTM(16, 64, batchFirst: true)", Forward) + "static class P { static void Run() { var n = new Net(); using (torch.no_grad()) foreach (var (name, p) in n.named_parameters()) if (name.Contains(\"bias_ih\")) p[TensorIndex.Slice(64, 128)] = torch.tensor(1f); } }" },
        { "loaded", Net("LSTM(16, 64, batchFirst: true)", Forward) + "static class P { static void Run() { var n = new Net(); n.load(\"n.dat\"); } }" },
    };

    [Theory]
    [MemberData(nameof(Silent))]
    public async Task LSTM_whose_sequence_or_bias_is_not_known_is_left_alone(string what, string code)
    {
        Assert.NotEmpty(what);
        Assert.Empty(await Graph.Diagnostics("STAB2004", code));
    }

    public static TheoryData<string, string> Reported => new()
    {
        { "view", Net("LSTM(16, 64, batchFirst: true)", Forward) },
        { "reshape, first dimension", Net("LSTM(16, 64)", "var (y, h, c) = r.call(x.reshape(50, -1, 16)); return head.call(y);") },
        { "behind a layer and its activation", Graph.Class(
            "private readonly LSTM r = LSTM(16, 64, batchFirst: true); private readonly Linear embed = Linear(8, 16), head = Linear(64, 4);",
            "",
            "var (y, h, c) = r.call(functional.relu(embed.call(x.view(-1, 50, 8)))); return head.call(y);") },
        { "constant of the class", Net("LSTM(16, 64, batchFirst: true)", "var (y, h, c) = r.call(x.view(-1, T, 16)); return head.call(y);", fields: "private const int T = 50;") },
        { "argument where it is made", "class Net : Module<Tensor, Tensor> { private readonly LSTM r = LSTM(16, 64, batchFirst: true); private readonly int t; public Net(int steps) : base(\"n\") { t = steps; RegisterComponents(); } public override Tensor forward(Tensor x) { var (y, h, c) = r.call(x.view(-1, t, 16)); return y; } } static class P { static void Run() { var n = new Net(50); } }" },
        { "biases read", Net("LSTM(16, 64, batchFirst: true)", Forward, "Console.WriteLine(r.get_parameter(\"bias_ih_l0\").narrow(0, 64, 64).mean().ToDouble());") },
    };

    [Theory]
    [MemberData(nameof(Reported))]
    public async Task LSTM_over_a_long_sequence_is_information(string what, string code)
    {
        Assert.NotEmpty(what);
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB2004", code));
        Assert.Equal(DiagnosticSeverity.Info, diagnostic.Severity);
        Assert.Equal("r", diagnostic.Properties["layer"]);
        Assert.Contains("shorter than the sequence of 50", diagnostic.Message(), StringComparison.Ordinal);

        // Measured with TorchSharp 0.107 for LSTM(16, 64): 0.628 for each step, 0.841 with the bias.
        Assert.InRange(diagnostic.Number("factorPerStep"), 0.58, 0.67);
        Assert.InRange(diagnostic.Number("factorAfter"), 0.77, 0.87);
        Assert.InRange(diagnostic.Number("horizonAfter") / diagnostic.Number("horizon"), 2, 3.2);
        Assert.Empty(await Graph.Diagnostics("STAB1007", code));
    }

    [Fact]
    public async Task Steps_are_an_option() => Assert.Single(await Graph.Diagnostics(
        "STAB2004",
        Net("LSTM(16, 64)", "var (y, h, c) = r.call(x); return head.call(y);"),
        ("stability.gradient_flow.recurrent_steps", "30")));

    [Fact]
    public async Task Bias_that_is_there_already_is_part_of_the_prediction()
    {
        var code = Net("LSTM(16, 64, batchFirst: true)", Forward, "using (torch.no_grad()) r.get_parameter(\"bias_ih_l0\").narrow(0, 64, 64).fill_(1);");
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB1007", code));
        Assert.InRange(diagnostic.Number("factorPerStep"), 0.8, 0.87);
    }

    private static string Net(string layer, string forward, string constructor = "", string fields = "") => Graph.Class(
        $"{fields} private readonly {layer.Split('(')[0]} r = {layer}; private readonly Linear head = Linear(64, 4);", constructor, forward);
}
