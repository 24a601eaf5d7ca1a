using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Tests.Sweep.Generation;

namespace StabilityAnalyzers.Tests.Sweep;

/// <summary>What the sweep is made of.</summary>
public sealed class SampleGeneratorTests
{
    private static readonly GeneratedModel[] s_models = [.. Enumerable.Range(1, 960).Select(SampleGenerator.Generate)];

    public static TheoryData<string> Layers =>
    [
        "Linear", "Bilinear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "Embedding",
        "LayerNorm", "BatchNorm1d", "BatchNorm2d", "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "Dropout", "MaxPool2d", "AvgPool2d",
        "GLU", "RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell", "MultiheadAttention", "TransformerEncoderLayer", "Transformer", "Sequential",
        "ReLU", "Tanh", "Sigmoid", "GELU", "SiLU", "LeakyReLU", "ELU", "SELU", "CELU", "Mish", "Softplus", "Softsign", "Hardswish",
        "Hardsigmoid", "ReLU6", "PReLU", "RReLU", "Threshold", "LogSigmoid", "Tanhshrink", "Hardshrink", "Softshrink", "Softmax",
    ];

    [Theory]
    [MemberData(nameof(Layers))]
    public void EveryKindOfLayerOccurs(string layer) =>
        Assert.Contains(s_models, model => model.Source.Contains($"{layer}(", StringComparison.Ordinal));

    [Theory]
    [InlineData("ModuleList<")]
    [InlineData(".append(")]
    [InlineData("List<(string, ")]
    [InlineData("Enumerable.Range")]
    [InlineData("MakeBlock(")]
    [InlineData(".forward(")]
    [InlineData(".call(")]
    [InlineData(" += ")]
    [InlineData("NewDisposeScope()")]
    [InlineData("in modules()")]
    [InlineData("in named_parameters()")]
    [InlineData("in parameters()")]
    [InlineData("apply(")]
    [InlineData("switch (module)")]
    [InlineData("options.Width")]
    [InlineData("inplace: true")]
    [InlineData("groups: ")]
    [InlineData("dilation: ")]
    [InlineData("stride: 2")]
    [InlineData("(1, 3)")]
    [InlineData("Net : Backbone")]
    [InlineData("Classify(")]
    [InlineData("Head(")]
    [InlineData("if (training)")]
    [InlineData("forward(Tensor x) => ")]
    [InlineData(", training)")]
    [InlineData(".select(1, -1)")]
    [InlineData("[.., -1, ..]")]
    [InlineData("[TensorIndex.Colon, -1]")]
    [InlineData(".mean(new long[] { 1 })")]
    [InlineData("torch.stack(")]
    [InlineData(".unsqueeze(1)).ToList(), 1)")]
    [InlineData(".softmax(")]
    [InlineData("glu(")]
    public void EveryStyleOccurs(string code) => Assert.Contains(s_models, model => model.Source.Contains(code, StringComparison.Ordinal));

    [Fact]
    public void DepthAndWidthCoverTheirRange()
    {
        Assert.Equal(2, s_models.Min(model => model.Depth));
        Assert.InRange(s_models.Max(model => model.Depth), 35, 60);
        Assert.Contains(s_models, model => model.Source.Contains("512", StringComparison.Ordinal));
        Assert.Contains(s_models, model => model.DepthOverWidth > 0.25);
    }

    [Fact]
    public void ASeedAlwaysMakesTheSameModel() =>
        Assert.Equal(SampleGenerator.Generate(17) with { Input = null! }, s_models[16] with { Input = null! });

    // The measured source is the same model: hooks see its layers, and nothing is computed in place.
    [Fact]
    public void MeasuredSourceHasNoForwardCallsAndNothingInPlace() =>
        Assert.All(s_models, model => Assert.DoesNotMatch(@"\.forward\(|inplace: true|relu_\(", model.MeasuredSource));

    [Fact]
    public void SourcesCompile() => Assert.All(s_models.Take(20), model => Assert.DoesNotContain(
        SourceModel.Compile(model.Source).GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
}
