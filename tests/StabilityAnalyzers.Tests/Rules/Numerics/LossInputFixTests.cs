using StabilityAnalyzers.CodeFixes.Numerics;
using StabilityAnalyzers.Rules.Numerics;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Numerics;

/// <summary>The fixes of STAB4001, STAB4002, STAB4004 and STAB4006, which share how they take an operation out.</summary>
public sealed class LossInputFixTests
{
    // ---- where no fix is offered ----

    [Theory]
    [InlineData("var p = x.softmax(1); var loss = F.cross_entropy([|p|], y); return p;")]
    [InlineData("var p = x.softmax(1); var mean = p.mean(); return F.cross_entropy([|p|], y);")]
    [InlineData("var p = x.softmax(1).to(CPU); return F.cross_entropy([|p|], y);")]
    [InlineData("var p = softmax.call(x); var sum = p + 1; return F.cross_entropy([|p|], y);")]
    public Task Not_offered_where_the_probabilities_are_used_as_such(string code) =>
        Verify.NoCodeFix<STAB4001SoftmaxIntoCrossEntropy, STAB4001RemoveSoftmaxFix>(Method(code));

    [Fact]
    public Task Not_offered_for_a_loss_module_without_logits() => Verify.NoCodeFix<STAB4002SigmoidIntoBinaryCrossEntropy, STAB4002GiveLogitsFix>(
        Method("return BCELoss().call([|x.sigmoid()|], y);"));

    [Fact]
    public Task Not_offered_where_the_type_of_the_loss_is_written() => Verify.NoCodeFix<STAB4004NegativeLogLikelihoodInput, STAB4004LogarithmFix>(
        Method("NLLLoss loss = NLLLoss(); return loss.call([|fc.call(x)|], y);"));

    [Theory]
    [InlineData("var last = Softmax(1); var model = Sequential(Linear(4, 3), last);")]
    [InlineData("var model = Sequential(Softmax(1));")]
    public Task Not_offered_for_a_softmax_that_stands_in_no_list(string make) => Verify.NoCodeFix<STAB4001SoftmaxIntoCrossEntropy, STAB4001RemoveSoftmaxFix>(
        Method(make + " return F.cross_entropy([|model.call(x)|], y);"));

    [Fact]
    public Task Not_offered_for_the_only_layer_of_a_field() => Verify.NoCodeFix<STAB4001SoftmaxIntoCrossEntropy, STAB4001RemoveSoftmaxFix>(
        "class Trainer { readonly Module<Tensor, Tensor> model = Sequential(Softmax(1)); Tensor Loss(Tensor x, Tensor y) => F.cross_entropy([|model.call(x)|], y); }");

    // ---- what they do ----

    [Theory]
    [InlineData("return F.cross_entropy([|x.softmax(1)|], y);", "return F.cross_entropy(x, y);")]
    [InlineData("return F.cross_entropy([|(x + y).softmax(1)|], y); // probabilities", "return F.cross_entropy((x + y), y); // probabilities")]
    [InlineData("return F.cross_entropy([|F.softmax(x + y, 1)|], y);", "return F.cross_entropy(x + y, y);")]
    [InlineData("return F.cross_entropy([|F.softmax(dim: 1, input: x)|], y);", "return F.cross_entropy(x, y);")]
    [InlineData("return F.cross_entropy([|F.softmax(x + y, 1).view(-1, 3)|], y);", "return F.cross_entropy((x + y).view(-1, 3), y);")]
    [InlineData("return F.cross_entropy([|softmax.call(fc.call(x))|], y);", "return F.cross_entropy(fc.call(x), y);")]
    [InlineData("var p = x.softmax(1); return F.cross_entropy([|p|], y);", "var p = x; return F.cross_entropy(p, y);")]
    [InlineData("using var p = fc.call(x).softmax(1); var best = p.argmax(1); return F.cross_entropy([|p|], y);", "using var p = fc.call(x); var best = p.argmax(1); return F.cross_entropy(p, y);")]
    public Task Removes_softmax(string before, string after) => Verify.CodeFix<STAB4001SoftmaxIntoCrossEntropy, STAB4001RemoveSoftmaxFix>(
        Method(before), Method(after), "STAB4001:best", "Remove softmax: the loss computes it from the logits (its value changes)");

    [Theory]
    [InlineData("return F.cross_entropy([|F.log_softmax(x, 1)|], y);", "return F.cross_entropy(x, y);")]
    public Task Removes_log_softmax(string before, string after) => Verify.CodeFix<STAB4001SoftmaxIntoCrossEntropy, STAB4001RemoveSoftmaxFix>(
        Method(before), Method(after), "STAB4001:best", "Remove log_softmax: the loss computes it (its value stays)");

    [Theory]
    [InlineData("x = head.call(x);\n        return F.softmax(x, 1);", "x = head.call(x);\n        return x;")]
    [InlineData("x = head.call(x);\n        x = x.softmax(1);\n        return x;", "x = head.call(x);\n        return x;")]
    [InlineData("return head.call(x).softmax(1);", "return head.call(x);")]
    public Task Removes_the_softmax_at_the_end_of_a_model(string before, string after) => Verify.CodeFix<STAB4001SoftmaxIntoCrossEntropy, STAB4001RemoveSoftmaxFix>(
        Model(before, "[|", "|]"), Model(after, "", ""), "STAB4001:best", "Remove softmax: the model returns logits from then on");

    [Theory]
    [InlineData("Softmax(1)")]
    [InlineData("(\"softmax\", Softmax(1))")]
    public Task Removes_the_softmax_that_is_added_to_a_list(string added)
    {
        var element = added[0] == '(' ? "(string, Module<Tensor, Tensor>)" : "Module<Tensor, Tensor>";
        return Verify.CodeFix<STAB4001SoftmaxIntoCrossEntropy, STAB4001RemoveSoftmaxFix>(
            Method(Code($"layers.Add({added});", "[|", "|]")), Method(Code("", "", "")), "STAB4001:best", "Remove softmax: the model returns logits from then on");

        string Code(string add, string open, string close) =>
            $"var layers = new List<{element}>();\n        {(add.Length == 0 ? "" : add + "\n        ")}"
            + $"var model = Sequential(layers); return F.cross_entropy({open}model.call(x){close}, y);";
    }

    [Theory]
    [InlineData("Sequential(Linear(4, 3), Softmax(1))", "Sequential(Linear(4, 3))")]
    [InlineData("Sequential((\"fc\", Linear(4, 3)), (\"softmax\", Softmax(1)))", "Sequential((\"fc\", Linear(4, 3)))")]
    public Task Removes_the_softmax_at_the_end_of_a_Sequential(string before, string after)
    {
        // Two losses share the model.
        const string Rest = "; Tensor A(Tensor x, Tensor y) => F.cross_entropy({0}model.call(x){1}, y); Tensor B(Tensor x, Tensor y) => F.cross_entropy({0}model.call(x){1}, y); }";
        return Verify.CodeFix<STAB4001SoftmaxIntoCrossEntropy, STAB4001RemoveSoftmaxFix>(
            "class Trainer { Sequential model = " + before + Rest.Replace("{0}", "[|").Replace("{1}", "|]"),
            "class Trainer { Sequential model = " + after + Rest.Replace("{0}", "").Replace("{1}", ""),
            "STAB4001:best");
    }

    [Theory]
    [InlineData("return F.binary_cross_entropy_with_logits([|x.sigmoid()|], y);", "return F.binary_cross_entropy_with_logits(x, y);")]
    [InlineData("return BCEWithLogitsLoss().call([|torch.sigmoid(x)|], y);", "return BCEWithLogitsLoss().call(x, y);")]
    [InlineData("return F.binary_cross_entropy([|x.sigmoid()|], y);", "return F.binary_cross_entropy_with_logits(x, y);")]
    [InlineData("var p = fc.call(x).sigmoid(); return F.binary_cross_entropy([|p|], y, reduction: Reduction.Sum);", "var p = fc.call(x); return F.binary_cross_entropy_with_logits(p, y, reduction: Reduction.Sum);")]
    public Task Gives_logits(string before, string after) =>
        Verify.CodeFix<STAB4002SigmoidIntoBinaryCrossEntropy, STAB4002GiveLogitsFix>(Method(before), Method(after), "STAB4002:best");

    [Theory]
    [InlineData("return F.nll_loss([|fc.call(x)|], y);", "return F.cross_entropy(fc.call(x), y);")]
    [InlineData("var loss = NLLLoss(); return loss.call([|fc.call(x)|], y);", "var loss = CrossEntropyLoss(); return loss.call(fc.call(x), y);")]
    [InlineData("return F.nll_loss([|x.softmax(1)|], y);", "return F.nll_loss(x.log_softmax(1), y);")]
    [InlineData("var p = F.softmax(x, 1); return F.nll_loss([|p|], y);", "var p = F.log_softmax(x, 1); return F.nll_loss(p, y);")]
    [InlineData("return F.nll_loss([|Sequential(fc, Softmax(1)).call(x)|], y);", "return F.nll_loss(Sequential(fc, LogSoftmax(1)).call(x), y);")]
    public Task Gives_logarithms(string before, string after) =>
        Verify.CodeFix<STAB4004NegativeLogLikelihoodInput, STAB4004LogarithmFix>(Method(before), Method(after), "STAB4004:best");

    [Theory]
    [InlineData("return F.cross_entropy([|fc.call(x).relu()|], y);", "return F.cross_entropy(fc.call(x), y);")]
    [InlineData("return CrossEntropyLoss().call([|Sequential(fc, ReLU()).call(x)|], y);", "return CrossEntropyLoss().call(Sequential(fc).call(x), y);")]
    [InlineData("var p = F.relu(fc.call(x)); return F.mse_loss([|p|], y);", "var p = fc.call(x); return F.mse_loss(p, y);")]
    public Task Removes_ReLU(string before, string after) =>
        Verify.CodeFix<STAB4006OutputThatCannotLearn, STAB4006RemoveReluFix>(Method(before), Method(after), "STAB4006:best");

    [Fact]
    public Task Not_offered_for_softmax_of_one_element() => Verify.NoCodeFix<STAB4006OutputThatCannotLearn, STAB4006RemoveReluFix>(
        Method("return [|Linear(4, 1).call(x).softmax(-1)|];"));

    private static string Method(string code) => $$"""
        class Trainer
        {
            private readonly Module<Tensor, Tensor> fc = Linear(4, 3), softmax = Softmax(1);
            Tensor Loss(Tensor x, Tensor y)
            {
                {{code}}
            }
        }
        """;

    private static string Model(string end, string open, string close) => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> head = Linear(8, 3);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x)
            {
                {{end}}
            }
        }
        class Trainer { Tensor Loss(Tensor x, Tensor y) { var net = new Net(); return F.cross_entropy({{open}}net.call(x){{close}}, y); } }
        """;
}
