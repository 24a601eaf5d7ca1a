using System.Text;

namespace StabilityAnalyzers.Benchmarks;

/// <summary>Model classes and training loops in the styles that people use, as many as are wanted; the same ones each time.</summary>
internal static class GeneratedModels
{
    private const string Usings = """
        using System.Collections.Generic;
        using System.Linq;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Generated;


        """;

    private static readonly Func<string, int, string>[] s_styles = [Fields, Convolutional, Named, List, Blocks, Recurrent];

    /// <summary>The text of a file with one model and what trains it.</summary>
    /// <param name="number">Which one; decides the style, widths and depth.</param>
    public static string File(int number)
    {
        var name = $"Model{number}";
        return Usings + s_styles[number % s_styles.Length](name, number) + "\n" + Trainer(name, number);
    }

    private static int Width(int number) => 32 + (16 * (number % 7));

    private static string Class(string name, string fields, string constructor, string forward) => $$"""
        public class {{name}} : Module<Tensor, Tensor>
        {
        {{fields}}
            public {{name}}() : base(nameof({{name}}))
            {
        {{constructor}}
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
        {{forward}}
            }
        }

        """;

    private static string Lines(int count, Func<int, string> line)
    {
        var text = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            text.Append(line(i)).Append('\n');
        }

        return text.ToString();
    }

    private static string Fields(string name, int number)
    {
        var (width, depth) = (Width(number), 6 + (number % 9));
        return Class(
            name,
            Lines(depth, i => $"    private readonly Module<Tensor, Tensor> fc{i} = Linear({(i == 0 ? 16 : width)}, {width});") + $"    private readonly Linear head = Linear({width}, 10);\n",
            Lines(depth, i => $"        init.kaiming_normal_(((Linear)fc{i}).weight!);"),
            Lines(depth, i => $"        x = functional.relu(fc{i}.call(x));") + "        return head.call(x);");
    }

    private static string Convolutional(string name, int number)
    {
        var channels = 8 + (number % 24);
        return Class(
            name,
            Lines(8, i => $"    private readonly Conv2d conv{i} = Conv2d({(i == 0 ? 3 : channels)}, {channels}, 3, padding: 1);\n    private readonly BatchNorm2d bn{i} = BatchNorm2d({channels});") +
            $"    private readonly Linear head = Linear({channels}, 10);\n",
            "",
            Lines(8, i => $"        x = bn{i}.call(conv{i}.call(x));\n        x = functional.relu(x);") +
            "        x = functional.adaptive_avg_pool2d(x, 1).flatten(1);\n        return head.call(x);");
    }

    private static string Named(string name, int number)
    {
        var width = Width(number);
        return Class(
            name,
            "    private readonly Sequential layers;\n",
            "        layers = Sequential(\n" + Lines(14, i => $"            (\"fc{i}\", Linear({width}, {width})),\n            (\"act{i}\", {(number % 2 == 0 ? "Tanh()" : "GELU()")}),") +
            $"            (\"head\", Linear({width}, 10)));",
            "        return layers.call(x);");
    }

    private static string List(string name, int number)
    {
        var width = Width(number);
        return Class(
            name,
            "    private readonly Sequential layers;\n",
            $$"""
                    var modules = new List<Module<Tensor, Tensor>>();
                    for (var i = 0; i < {{4 + (number % 8)}}; i++)
                    {
                        modules.Add(Linear({{width}}, {{width}}));
                        modules.Add(LayerNorm({{width}}));
                        modules.Add(SiLU());
                        modules.Add(Dropout(0.1));
                    }

                    modules.Add(Linear({{width}}, 10));
                    layers = Sequential(modules);
            """,
            "        return layers.call(x);") + Helpers(name, number);
    }

    private static string Blocks(string name, int number)
    {
        var width = Width(number);
        return $$"""
            public class {{name}}Block : Module<Tensor, Tensor>
            {
                private readonly LayerNorm norm;
                private readonly Linear up;
                private readonly Linear down;

                public {{name}}Block(int width, int expansion = 2) : base(nameof({{name}}Block))
                {
                    norm = LayerNorm(width);
                    up = Linear(width, expansion * width);
                    down = Linear(expansion * width, width);
                    RegisterComponents();
                }

                public override Tensor forward(Tensor x) => x + down.call(functional.gelu(up.call(norm.call(x))));
            }


            """ + Class(
            name,
            $"    private readonly ModuleList<{name}Block> blocks = new();\n    private readonly Linear head = Linear({width}, 10);\n",
            $"        for (var i = 0; i < {4 + (number % 6)}; i++)\n        {{\n            blocks.Add(new {name}Block({width}));\n        }}\n",
            "        foreach (var block in blocks)\n        {\n            x = block.call(x);\n        }\n\n        return head.call(x);") + Helpers(name, number);
    }

    private static string Recurrent(string name, int number)
    {
        var width = Width(number);
        return Class(
            name,
            $"    private readonly Embedding embedding = Embedding(1000, {width});\n    private readonly LSTM lstm = LSTM({width}, {width}, batchFirst: true);\n    private readonly Linear head = Linear({width}, 10);\n",
            "",
            "        var (output, _, _) = lstm.call(embedding.call(x));\n        return head.call(output[.., -1]);") + Helpers(name, number);
    }

    // Code beside the models, as every project has more of than of models.
    private static string Helpers(string name, int number) => "\n" + $$"""
        public static class {{name}}Data
        {
            public static IEnumerable<(string Key, double Value)> Settings()
            {
        {{Lines(24, i => $"        yield return (\"setting{i}\", {number + i}.5);")}}
            }

            public static Dictionary<string, double> Summarise(IEnumerable<(string Key, double Value)> values) => values
                .GroupBy(item => item.Key)
                .ToDictionary(group => group.Key, group => group.Select(item => item.Value).Average());
        }

        """;

    private static string Trainer(string name, int number) => $$"""
        public static class {{name}}Trainer
        {
            public static double Train(IEnumerable<(Tensor Data, Tensor Target)> batches, int epochs)
            {
                using var model = new {{name}}();
                using var optimizer = torch.optim.{{(number % 3 == 0 ? "SGD(model.parameters(), 0.01)" : number % 3 == 1 ? "Adam(model.parameters())" : "AdamW(model.parameters(), 1e-3)")}};
                var last = 0.0;
                for (var epoch = 0; epoch < epochs; epoch++)
                {
                    model.train();
                    foreach (var (data, target) in batches)
                    {
                        using var scope = NewDisposeScope();
                        optimizer.zero_grad();
                        var loss = functional.cross_entropy(model.call(data), target);
                        loss.backward();
                        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                        optimizer.step();
                        last = loss.ToDouble();
                    }
                }

                return last;
            }
        }

        """;
}
