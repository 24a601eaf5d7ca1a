using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Symbols;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Extraction;

/// <summary>Runs the extraction alone, and writes graphs as text that a test can read.</summary>
internal static class Extract
{
    /// <summary>The models of a class, by its simple name. The code must compile.</summary>
    public static IReadOnlyList<ExtractedModel> Models(string code, string type = "Net", bool mustCompile = true)
    {
        var compilation = Driver.Compile(code);
        if (mustCompile)
        {
            Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        }

        var symbols = TorchSharpSymbols.TryGet(compilation) ?? throw new InvalidOperationException("TorchSharp was not found.");
        var symbol = compilation.GetSymbolsWithName(type, SymbolFilter.Type).OfType<INamedTypeSymbol>().Single();
        return new ModelExtractor(symbols, Budget.Default).OfType(symbol, TestContext.Current.CancellationToken);
    }

    /// <summary>The only model of a class.</summary>
    public static ExtractedModel Model(string code, string type = "Net") => Assert.Single(Models(code, type));

    /// <summary>The only model of a class whose constructor and forward have these bodies, with fields as given.</summary>
    public static ExtractedModel Net(string fields, string constructor, string forward) => Model($$"""
        class Net : Module<Tensor, Tensor>
        {
            {{fields}}
            public Net() : base("net")
            {
                {{constructor}}
            }

            public override Tensor forward(Tensor x) { {{forward}} }
        }
        """);

    /// <summary>One line for each node of the way from input to output: path, operation, and inputs where it is not the line before.</summary>
    public static string Text(ExtractedModel model)
    {
        var lines = new List<string>();
        var previous = -1;
        foreach (var node in model.Graph.Nodes)
        {
            var inputs = node.Inputs.Count == 1 && node.Inputs[0] == previous || node.Inputs.Count == 0 ? "" : $" <- {string.Join(", ", node.Inputs)}";
            lines.Add($"{node.Id}: {(node.Path is null ? "" : node.Path + " ")}{Text(node.Operation)}{inputs}");
            previous = node.Id;
        }

        lines.Add("-> " + string.Join(", ", model.Graph.Outputs));
        return string.Join("\n", lines);
    }

    /// <summary>One word for each node, from input to output.</summary>
    public static string Chain(ExtractedModel model) => string.Join(" ", model.Graph.Nodes.Select(node => (node.Path is { Length: > 0 } path ? path + ":" : "") + Text(node.Operation)));

    private static string Text(Operation operation) => operation switch
    {
        LinearOperation linear => $"Linear({linear.InFeatures},{linear.OutFeatures}{Weight(linear)})",
        ConvolutionOperation conv => $"{conv.Kind}({conv.InChannels},{conv.OutChannels},{conv.KernelElements}/{conv.StrideElements}{Weight(conv)})",
        ActivationOperation activation => activation.Activation.ToString(),
        UnknownOperation unknown => $"?[{unknown.Reason}]",
        AddOperation add => $"Add{add.Scales}",
        ScaleOperation scale => $"Scale({scale.Factor})",
        ConcatenationOperation concatenation => $"cat{concatenation.Widths}",
        FeatureSliceOperation slice => FormattableString.Invariant($"slice[{slice.Start}, {slice.Fraction}]"),
        DropoutOperation dropout => $"Dropout({dropout.Probability})",
        _ => operation.Kind,
    };

    private static string Weight(WeightOperation operation)
    {
        var weight = operation.Weight.Equals(WeightInitializer.TorchDefault) ? "" : "," + operation.Weight.Name;
        var bias = operation.Bias is null ? ",no bias" : operation.Bias.Equals(BiasInitializer.TorchDefault) ? "" : operation.Bias.Equals(BiasInitializer.Zero) ? ",bias 0" : ",bias ?";
        return weight + bias;
    }
}
