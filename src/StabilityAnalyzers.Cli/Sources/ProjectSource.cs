using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace StabilityAnalyzers.Cli.Sources;

/// <summary>
/// Reads a project as the compiler would: the SDK that builds it is asked for the compiler's command line, so that whatever
/// the build decides (targets, global usings, conditional symbols, package assets) holds here too.
/// </summary>
internal static class ProjectSource
{
    /// <summary>Restores the project if it needs it, builds what it refers to, and reads its sources.</summary>
    /// <exception cref="CommandException">The SDK is missing, or the project does not load, restore, or find its references.</exception>
    public static SourceCode Load(string project, IReadOnlyList<string> references, CancellationToken cancellation)
    {
        var framework = TargetFramework(project, cancellation);
        IReadOnlyList<string> common = framework is null ? [project] : [project, "-p:TargetFramework=" + framework];

        // With the references built: their assemblies are part of the command line. The project itself is not compiled.
        var prepared = DotnetCommand.Run(
            ["msbuild", .. common, "-restore", "-t:ResolveReferences", "-v:quiet", "-nologo", "-clp:ErrorsOnly"], Path.GetDirectoryName(project)!, cancellation);
        if (prepared.ExitCode != 0)
        {
            throw new CommandException($"'{project}' cannot be restored, or something that it refers to cannot be built:{Environment.NewLine}{prepared.Errors(5)}");
        }

        var asked = DotnetCommand.Run(
            [
                "msbuild", .. common, "-t:Compile", "-nologo", "-p:DesignTimeBuild=true", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true",
                "-p:BuildProjectReferences=false",

                // Else a project that is built already has nothing to compile, and no command line.
                "-p:NonExistentFile=__NonExistentSubDir__/__NonExistentFile__", "-getItem:CscCommandLineArgs",
            ],
            Path.GetDirectoryName(project)!,
            cancellation);
        if (asked.ExitCode != 0 || ArgumentsIn(asked.Output) is not { Count: > 0 } arguments)
        {
            throw new CommandException($"'{project}' cannot be loaded:{Environment.NewLine}{asked.Errors(5)}");
        }

        return Read(project, arguments, references, cancellation);
    }

    // A project for several frameworks is read for the first of them.
    private static string? TargetFramework(string project, CancellationToken cancellation)
    {
        var asked = DotnetCommand.Run(
            ["msbuild", project, "-nologo", "-getProperty:TargetFramework", "-getProperty:TargetFrameworks"], Path.GetDirectoryName(project)!, cancellation);
        if (asked.ExitCode != 0)
        {
            throw new CommandException($"'{project}' cannot be loaded:{Environment.NewLine}{asked.Errors(5)}");
        }

        try
        {
            using var json = JsonDocument.Parse(asked.Output);
            var properties = json.RootElement.GetProperty("Properties");
            return properties.GetProperty("TargetFramework").GetString() is { Length: > 0 }
                ? null
                : properties.GetProperty("TargetFrameworks").GetString()?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CommandException($"'{project}' cannot be loaded: the SDK does not say what it targets");
        }
    }

    private static List<string>? ArgumentsIn(string output)
    {
        try
        {
            using var json = JsonDocument.Parse(output);
            return json.RootElement.GetProperty("Items").GetProperty("CscCommandLineArgs").EnumerateArray()
                .Select(item => item.GetProperty("Identity").GetString() ?? "").ToList();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static SourceCode Read(string project, IReadOnlyList<string> arguments, IReadOnlyList<string> references, CancellationToken cancellation)
    {
        var folder = Path.GetDirectoryName(project)!;
        var parsed = CSharpCommandLineParser.Default.Parse(arguments, folder, sdkDirectory: null);
        var remarks = new List<string>();
        var trees = new List<SyntaxTree>();
        foreach (var source in parsed.SourceFiles)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!File.Exists(source.Path))
            {
                remarks.Add($"the source file '{source.Path}' does not exist");
                continue;
            }

            using var stream = File.OpenRead(source.Path);
            trees.Add(CSharpSyntaxTree.ParseText(SourceText.From(stream), parsed.ParseOptions, source.Path, cancellation));
        }

        var assemblies = new List<MetadataReference>(references.Select(Assemblies.Open));
        foreach (var reference in parsed.MetadataReferences)
        {
            if (File.Exists(reference.Reference))
            {
                assemblies.Add(MetadataReference.CreateFromFile(reference.Reference, reference.Properties));
            }
            else
            {
                remarks.Add($"the reference '{reference.Reference}' does not exist");
            }
        }

        var configuration = AnalyzerConfiguration.Read(parsed.AnalyzerConfigPaths.Where(File.Exists));
        var compilation = CSharpCompilation.Create(
            parsed.CompilationName ?? Path.GetFileNameWithoutExtension(project),
            trees,
            assemblies,
            parsed.CompilationOptions.WithSyntaxTreeOptionsProvider(configuration.Severities));
        return new SourceCode(compilation, remarks)
        {
            Path = project,
            AnalyzerOptions = new AnalyzerOptions([.. parsed.AdditionalFiles.Select(file => file.Path).Where(File.Exists).Select(path => new TextFile(path))], configuration),
        };
    }
}
