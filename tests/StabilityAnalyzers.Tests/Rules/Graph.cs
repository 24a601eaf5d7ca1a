using System.Globalization;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules;

/// <summary>Small sources for tests of the rules over graphs, and what is reported on them.</summary>
internal static class Graph
{
    /// <summary>What one rule reports on code that must compile.</summary>
    public static async Task<IReadOnlyList<Diagnostic>> Diagnostics(string id, string code, params (string Key, string Value)[] configuration)
    {
        var compilation = Driver.Compile(code);
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return [.. (await Driver.Diagnostics(compilation, [new ModelGraphAnalyzer()], configuration)).Where(diagnostic => diagnostic.Id == id)];
    }

    /// <summary>A number among the properties of a diagnostic.</summary>
    public static double Number(this Diagnostic diagnostic, string property) =>
        double.Parse(diagnostic.Properties[property]!, CultureInfo.InvariantCulture);

    /// <summary>The message, with a point in its numbers.</summary>
    public static string Message(this Diagnostic diagnostic) => diagnostic.GetMessage(CultureInfo.InvariantCulture);

    /// <summary>The source at the diagnostic.</summary>
    public static string Text(this Diagnostic diagnostic) => diagnostic.Location.SourceTree!.GetText().ToString(diagnostic.Location.SourceSpan);

    /// <summary>A class with a stack of <paramref name="depth"/> times the layers, and an initialiser call for each <c>Linear l</c>.</summary>
    public static string Stack(int depth, string layers = "Linear(64, 64), ReLU()", string init = "", string more = "", string head = "Linear(64, 4)") => Class(
        $"private readonly Sequential layers = Sequential(Enumerable.Range(0, {depth}).SelectMany(i => new Module<Tensor, Tensor>[] {{ {layers} }}).Append({head}));",
        init.Length == 0 ? "" : $"foreach (var m in modules()) {{ if (m is Linear l) {init}; }}",
        "return layers.call(x);",
        more: more);

    /// <summary>A class <c>Net</c>, registered before the statements of its constructor.</summary>
    public static string Class(string fields, string constructor, string forward, string more = "", string before = "") => $$"""
        {{more}}
        class Net : Module<Tensor, Tensor>
        {
            {{fields}}
            public Net() : base("net")
            {
                {{before}}
                RegisterComponents();
                {{constructor}}
            }
            public override Tensor forward(Tensor x) { {{forward}} }
        }
        """;
}
