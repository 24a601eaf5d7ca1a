using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace StabilityAnalyzers.Tests.Kit;

/// <summary>Runs analyzers over code as a compiler does, without the checks of <see cref="Verify"/>: for what code need not compile for.</summary>
internal static class Driver
{
    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.Latest, DocumentationMode.None);
    private static readonly SyntaxTree s_usings = CSharpSyntaxTree.ParseText(Prelude.Usings, s_parse, Prelude.Path);
    private static readonly CSharpCompilation s_empty = CSharpCompilation.Create("Test", [s_usings], References.WithTorchSharp);

    /// <summary>Every analyzer of the product, one instance of each.</summary>
    public static ImmutableArray<DiagnosticAnalyzer> AllAnalyzers => RuleCatalog.Analyzers;

    /// <summary>The code, with the prelude and TorchSharp, as a compilation.</summary>
    public static CSharpCompilation Compile(string code) => s_empty
        .WithOptions(new CSharpCompilationOptions(
            Verify.HasTopLevelStatements(code) ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
            allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable))
        .AddSyntaxTrees(CSharpSyntaxTree.ParseText(code, s_parse, "/0/Test0.cs"));

    /// <summary>What all analyzers, or those given, report on the code, in the order of the source. An exception in an analyzer is thrown.</summary>
    public static async Task<ImmutableArray<Diagnostic>> Diagnostics(string code, params DiagnosticAnalyzer[] analyzers) =>
        await Diagnostics(Compile(code), analyzers.Length == 0 ? AllAnalyzers : [.. analyzers]);

    /// <summary>What the analyzers report on the compilation, in the order of the source. An exception in an analyzer is thrown.</summary>
    public static async Task<ImmutableArray<Diagnostic>> Diagnostics(
        Compilation compilation, ImmutableArray<DiagnosticAnalyzer> analyzers, params (string Key, string Value)[] configuration) =>
        await Diagnostics(compilation, analyzers, new AnalyzerOptions([], new ConfigOptions(configuration)));

    /// <summary>The same with all that may stand beside the code: options and additional files.</summary>
    public static async Task<ImmutableArray<Diagnostic>> Diagnostics(
        Compilation compilation, ImmutableArray<DiagnosticAnalyzer> analyzers, AnalyzerOptions analyzerOptions)
    {
        ExceptionDispatchInfo? thrown = null;
        var options = new CompilationWithAnalyzersOptions(
            analyzerOptions,
            onAnalyzerException: (exception, _, _) => Interlocked.CompareExchange(ref thrown, ExceptionDispatchInfo.Capture(exception), null),
            concurrentAnalysis: true,
            logAnalyzerExecutionTime: false);
        var found = await compilation.WithAnalyzers(analyzers, options).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
        thrown?.Throw();
        return found.Sort((a, b) => a.Location.SourceSpan.CompareTo(b.Location.SourceSpan));
    }
}
