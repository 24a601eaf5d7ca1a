using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace StabilityAnalyzers.Benchmarks;

/// <summary>
/// What an edit costs in an editor: after each change of one document its diagnostics are asked for anew, those of the
/// compiler and those of the analyzers, each over a compilation that nothing was asked of before.
/// </summary>
internal static class EditingCost
{
    private const int Edits = 40;

    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.Latest);

    public static async Task Run(int layers, int files)
    {
        var model = CSharpSyntaxTree.ParseText(Model("Big", layers), s_parse, "Big.cs");
        var trainer = CSharpSyntaxTree.ParseText(Trainer, s_parse, "Trainer.cs");
        var others = Enumerable.Range(0, files).Select(i => CSharpSyntaxTree.ParseText(Model($"Other{i}", 20), s_parse, $"Other{i}.cs"));
        var compilation = CSharpCompilation.Create(
            "Edited", [model, trainer, .. others], References(), new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Console.WriteLine($"{layers} layers in the model, {files} further files of 20 layers, {Edits} edits; median milliseconds");
        Console.WriteLine();
        Console.WriteLine("| edited document | compiler's own diagnostics | an analyzer that does nothing | ours | ours above nothing |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var document in new[] { model, trainer })
        {
            await Measure(compilation, document);
        }
    }

    private static async Task Measure(CSharpCompilation compilation, SyntaxTree document)
    {
        var compiler = new List<double>();
        var nothing = new List<double>();
        var analyzers = new List<double>();
        for (var edit = 0; edit < Edits; edit++)
        {
            // Somebody types a comment above the class, character by character; all that stands below moves.
            var text = document.GetText().WithChanges(new TextChange(new TextSpan(0, 0), "// " + new string('x', edit) + "\n"));
            var edited = document.WithChangedText(text);
            compilation = compilation.ReplaceSyntaxTree(document, edited);
            document = edited;

            // A compilation that shares its syntax, as after an edit, but no semantic result with the one before.
            var first = compilation.Clone();
            var watch = Stopwatch.StartNew();
            first.GetSemanticModel(document).GetDiagnostics();
            compiler.Add(watch.Elapsed.TotalMilliseconds);

            nothing.Add(await Analyze(compilation.Clone(), document, [new DoesNothing()]));
            analyzers.Add(await Analyze(compilation.Clone(), document, RuleCatalog.Analyzers));
        }

        var (own, least, ours) = (Median(compiler), Median(nothing), Median(analyzers));
        Console.WriteLine($"| {document.FilePath} | {own:F1} | {least:F1} | {ours:F1} | {ours - least:F1} |");
    }

    private static async Task<double> Analyze(CSharpCompilation compilation, SyntaxTree document, ImmutableArray<DiagnosticAnalyzer> analyzers)
    {
        var watch = Stopwatch.StartNew();
        var driver = compilation.WithAnalyzers(analyzers, new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]), (exception, analyzer, _) => throw new InvalidOperationException(analyzer.ToString(), exception), concurrentAnalysis: true, logAnalyzerExecutionTime: false));
        await driver.GetAnalyzerSemanticDiagnosticsAsync(compilation.GetSemanticModel(document), null, CancellationToken.None);
        return watch.Elapsed.TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    internal static ImmutableArray<MetadataReference> References() =>
    [
        .. ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "").Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(path) is "TorchSharp.dll" or "mscorlib.dll" or "netstandard.dll")
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private static string Model(string name, int layers)
    {
        var text = new StringBuilder($$"""
            using TorchSharp;
            using TorchSharp.Modules;
            using static TorchSharp.torch;
            using static TorchSharp.torch.nn;

            namespace Edited;

            public class {{name}} : Module<Tensor, Tensor>
            {

            """);
        for (var i = 0; i < layers; i++)
        {
            text.Append($"    private readonly Module<Tensor, Tensor> fc{i} = Linear(64, 64);\n");
        }

        text.Append($"\n    public {name}() : base(\"{name}\")\n    {{\n        RegisterComponents();\n    }}\n\n    public override Tensor forward(Tensor x)\n    {{\n");
        for (var i = 0; i < layers; i++)
        {
            text.Append($"        x = functional.tanh(fc{i}.call(x));\n");
        }

        return text.Append("        return x;\n    }\n}\n").ToString();
    }

    private const string Trainer = """
        using TorchSharp;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Edited;

        public static class Trainer
        {
            public static void Train(Tensor data, Tensor target)
            {
                using var model = new Big();
                var optimizer = torch.optim.Adam(model.parameters());
                for (var epoch = 0; epoch < 100; epoch++)
                {
                    using var scope = NewDisposeScope();
                    optimizer.zero_grad();
                    var loss = functional.mse_loss(model.call(data), target);
                    loss.backward();
                    optimizer.step();
                }
            }
        }
        """;
}
