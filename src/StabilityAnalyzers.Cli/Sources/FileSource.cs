using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace StabilityAnalyzers.Cli.Sources;

/// <summary>Reads .cs files that no project holds together.</summary>
internal static class FileSource
{
    // What the SDK's ImplicitUsings gives a project; a file that has its own is not disturbed by them.
    private const string ImplicitUsings = """
        global using global::System;
        global using global::System.Collections.Generic;
        global using global::System.IO;
        global using global::System.Linq;
        global using global::System.Net.Http;
        global using global::System.Threading;
        global using global::System.Threading.Tasks;
        """;

    // FileBasedProgram: a file that starts with #:package is C# too.
    private static readonly CSharpParseOptions s_options =
        new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.None).WithFeatures([new("FileBasedProgram", "true")]);

    /// <summary>The .cs files of a folder and those below it, without what a build left there.</summary>
    public static IReadOnlyList<string> FilesBelow(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        return Directory.EnumerateFiles(folder, "*.cs", options)
            .Where(path => !Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" || part.StartsWith('.')))
            .Order(StringComparer.Ordinal)
            .ToArray();
    }

    /// <summary>Reads the files as one program.</summary>
    /// <exception cref="CommandException">A reference is missing, damaged, or no TorchSharp is found.</exception>
    public static SourceCode Load(IReadOnlyList<string> files, IReadOnlyList<string> references, CancellationToken cancellation)
    {
        var remarks = new List<string>();
        var assemblies = references.ToList();
        if (!references.Any(path => Path.GetFileName(path).Equals("TorchSharp.dll", StringComparison.OrdinalIgnoreCase)))
        {
            assemblies.Add(Assemblies.TorchSharpInCache()
                ?? throw new CommandException("there is no TorchSharp in the NuGet cache; name one with --reference TorchSharp.dll"));
        }

        var trees = files.Select(path => Parse(path, cancellation)).ToList();
        var isProgram = trees.Any(tree => tree.GetRoot(cancellation) is CompilationUnitSyntax root && root.Members.OfType<GlobalStatementSyntax>().Any());
        trees.Add(CSharpSyntaxTree.ParseText(ImplicitUsings, s_options, "ImplicitUsings.cs", cancellationToken: cancellation));
        var configuration = AnalyzerConfiguration.Read(AnalyzerConfiguration.FilesAbove(files));
        var compilation = CSharpCompilation.Create(
            "Files",
            trees,
            Assemblies.Framework().Concat(assemblies.Select(Assemblies.Open)),
            new CSharpCompilationOptions(
                isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable)
                .WithSyntaxTreeOptionsProvider(configuration.Severities));
        return new SourceCode(compilation, remarks) { AnalyzerOptions = new AnalyzerOptions([], configuration) };
    }

    private static SyntaxTree Parse(string path, CancellationToken cancellation)
    {
        using var stream = File.OpenRead(path);
        return CSharpSyntaxTree.ParseText(SourceText.From(stream, Encoding.UTF8), s_options, path, cancellation);
    }
}
