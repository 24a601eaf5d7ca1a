using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace StabilityAnalyzers.Cli.Sources;

/// <summary>C# that a command was pointed at, ready for analysis.</summary>
/// <param name="Compilation">The code.</param>
/// <param name="Remarks">What a user should know about how it was read.</param>
internal sealed record SourceCode(CSharpCompilation Compilation, IReadOnlyList<string> Remarks)
{
    /// <summary>The project, file or folder that was read.</summary>
    public string Path { get; init; } = "";

    /// <summary>What the analyzers may read beside the code: the options of .editorconfig, additional files.</summary>
    public AnalyzerOptions AnalyzerOptions { get; init; } = new([]);

    /// <summary>Reads a project, a file, or a folder.</summary>
    /// <param name="path">What to read.</param>
    /// <param name="references">Assemblies for files without a project.</param>
    /// <param name="ignoreProjects">True to read the .cs files of a folder, whatever project is there.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="CommandException">It cannot be read.</exception>
    public static SourceCode Load(string path, IReadOnlyList<string> references, bool ignoreProjects, CancellationToken cancellation)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (File.Exists(full))
        {
            return System.IO.Path.GetExtension(full).ToLowerInvariant() switch
            {
                ".csproj" => Checked(ProjectSource.Load(full, references, cancellation)),
                ".cs" => Checked(FileSource.Load([full], references, cancellation)),
                ".sln" or ".slnx" => throw new CommandException($"'{path}' is a solution; name one of its projects"),
                var other => throw new CommandException($"'{path}' is neither a C# project nor a C# file ({other})"),
            };
        }

        if (!Directory.Exists(full))
        {
            throw new CommandException($"'{path}' does not exist");
        }

        var projects = ignoreProjects ? [] : Directory.GetFiles(full, "*.csproj");
        if (projects.Length > 1)
        {
            throw new CommandException($"'{path}' holds {projects.Length} projects; name one of them");
        }

        if (projects is [var project])
        {
            return Checked(ProjectSource.Load(project, references, cancellation));
        }

        var files = FileSource.FilesBelow(full);
        return files.Count == 0
            ? throw new CommandException($"there is neither a C# project nor a .cs file in '{path}'")
            : Checked(FileSource.Load(files, references, cancellation));
    }

    /// <summary>Reads a project of a solution.</summary>
    /// <returns>Null for one that does not refer to TorchSharp, which is no fault there.</returns>
    /// <exception cref="CommandException">It cannot be read.</exception>
    public static SourceCode? TryLoad(string project, IReadOnlyList<string> references, CancellationToken cancellation) =>
        ProjectSource.Load(project, references, cancellation) is var code && code.RefersToTorchSharp ? Checked(code) : null;

    private bool RefersToTorchSharp => Compilation.GetTypeByMetadataName("TorchSharp.torch") is not null;

    // Code that does not compile is still analysed: what is not understood is unknown.
    private static SourceCode Checked(SourceCode code)
    {
        if (!code.RefersToTorchSharp)
        {
            throw new CommandException("the code does not refer to TorchSharp (for .cs files: --reference TorchSharp.dll)");
        }

        var errors = code.Compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error).ToArray();
        return errors.Length == 0
            ? code
            : code with
            {
                Remarks =
                [
                    .. code.Remarks,
                    $"the code has {errors.Length} compile errors, and what they touch is not understood; the first: {errors[0].ToString()}",
                ],
            };
    }
}
