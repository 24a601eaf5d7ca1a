using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;

namespace StabilityAnalyzers.Tests.Kit;

/// <summary>
/// Runs an analyzer, and a fix, over code that refers to TorchSharp and must compile. What is expected stands in the
/// code: <c>[|here|]</c> for the only rule of an analyzer, <c>{|STAB3001:here|}</c> by ID. Code without markup must be
/// left alone.
/// </summary>
internal static class Verify
{
    /// <summary>The analyzer reports exactly what the code marks.</summary>
    public static Task Analyzer<TAnalyzer>(string code, params (string Path, string Code)[] moreDocuments)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        var test = new CSharpAnalyzerTest<TAnalyzer, DefaultVerifier>();
        Prepare(test, code, moreDocuments);
        return test.RunAsync();
    }

    /// <summary>The analyzer reports exactly what code marks that refers to an assembly beside TorchSharp.</summary>
    public static Task Analyzer<TAnalyzer>(string code, MetadataReference reference)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        var test = new CSharpAnalyzerTest<TAnalyzer, DefaultVerifier>();
        Prepare(test, code, []);
        test.TestState.AdditionalReferences.Add(reference);
        return test.RunAsync();
    }

    /// <summary>The analyzer reports one diagnostic, with this message, at <c>{|#0:the marked place|}</c>.</summary>
    public static Task Message<TAnalyzer>(string code, string message)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        var test = new CSharpAnalyzerTest<TAnalyzer, DefaultVerifier>();
        Prepare(test, code, []);
        var rule = new TAnalyzer().SupportedDiagnostics.Single();
        test.ExpectedDiagnostics.Add(new DiagnosticResult(rule)
            .WithLocation(0).WithMessage(message).WithOptions(DiagnosticOptions.IgnoreAdditionalLocations));
        return test.RunAsync();
    }

    /// <summary>The analyzer is silent on code that may not compile, or that lacks TorchSharp.</summary>
    public static Task Silent<TAnalyzer>(string code, bool withTorchSharp = true)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        var test = new CSharpAnalyzerTest<TAnalyzer, DefaultVerifier> { CompilerDiagnostics = CompilerDiagnostics.None };
        Prepare(test, code, [], withTorchSharp);
        return test.RunAsync();
    }

    /// <summary>
    /// The fix turns one text into the other: for a single diagnostic, and for all of a document, project and solution.
    /// The result compiles, and holds exactly the diagnostics that <paramref name="after"/> marks: none, as a rule.
    /// </summary>
    /// <param name="before">The code, with markup.</param>
    /// <param name="after">The code afterwards; with markup where a diagnostic has no fix.</param>
    /// <param name="equivalenceKey">The key of the action to apply, or null for the first.</param>
    /// <param name="title">The title that the action must have, or null.</param>
    /// <param name="configuration">A line of an <c>.editorconfig</c>, or null.</param>
    public static Task CodeFix<TAnalyzer, TFix>(
        string before, string after, string? equivalenceKey = null, string? title = null, string? configuration = null)
        where TAnalyzer : DiagnosticAnalyzer, new()
        where TFix : CodeFixProvider, new()
    {
        var test = new CSharpCodeFixTest<TAnalyzer, TFix, DefaultVerifier>
        {
            CodeActionEquivalenceKey = equivalenceKey,
            CodeActionValidationMode = CodeActionValidationMode.SemanticStructure,
        };
        Prepare(test, before, []);
        test.FixedState.Sources.Add(Normalize(after));
        test.FixedState.Sources.Add((Prelude.Path, Prelude.Usings));
        test.FixedState.OutputKind = test.TestState.OutputKind;
        if (configuration is not null)
        {
            test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", $"root = true\n[*.cs]\n{configuration}\n"));
        }

        if (title is not null)
        {
            test.CodeActionVerifier = (action, verifier) => verifier.Equal(title, action.Title);
        }

        return test.RunAsync();
    }

    /// <summary>The analyzer reports what the code marks, and offers no fix for it.</summary>
    public static Task NoCodeFix<TAnalyzer, TFix>(string code)
        where TAnalyzer : DiagnosticAnalyzer, new()
        where TFix : CodeFixProvider, new() =>
        CodeFix<TAnalyzer, TFix>(code, code);

    private static void Prepare(
        AnalyzerTest<DefaultVerifier> test, string code, (string Path, string Code)[] moreDocuments, bool withTorchSharp = true)
    {
        // An empty set: what it would otherwise bring is downloaded while the test runs.
        test.ReferenceAssemblies = new ReferenceAssemblies("net8.0");
        test.TestState.AdditionalReferences.AddRange(withTorchSharp ? References.WithTorchSharp : References.Framework);
        test.TestState.Sources.Add(Normalize(code));
        if (withTorchSharp)
        {
            test.TestState.Sources.Add((Prelude.Path, Prelude.Usings));
        }

        foreach (var (path, text) in moreDocuments)
        {
            test.TestState.Sources.Add((path, Normalize(text)));
        }

        test.TestState.OutputKind = HasTopLevelStatements(code) ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary;
        test.SolutionTransforms.Add((solution, id) =>
        {
            var project = solution.GetProject(id);
            var parse = (CSharpParseOptions)project!.ParseOptions!;
            var compile = (CSharpCompilationOptions)project.CompilationOptions!;
            return solution
                .WithProjectParseOptions(id, parse.WithLanguageVersion(LanguageVersion.Latest))
                .WithProjectCompilationOptions(id, compile.WithAllowUnsafe(true).WithNullableContextOptions(NullableContextOptions.Enable));
        });
    }

    /// <summary>True when the code, whose markup is no obstacle to reading it, is a program of its own.</summary>
    internal static bool HasTopLevelStatements(string code)
    {
        TestFileMarkupParser.GetPositionsAndSpans(code, out var text, out _, out _);
        return CSharpSyntaxTree.ParseText(text).GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any();
    }

    private static string Normalize(string code) => code.ReplaceLineEndings("\n");
}
