using System.CommandLine;

namespace StabilityAnalyzers.Cli.Sources;

/// <summary>The arguments of every command that reads C#.</summary>
/// <param name="solutions">True for a command that also takes a solution.</param>
internal sealed class SourceArguments(bool solutions = false)
{
    private readonly Argument<string> _source = new(solutions ? "PROJECT-or-SLN" : "PROJECT-or-FILE")
    {
        Description = "A C# project, a folder with one, a single .cs file, or a folder of .cs files without a project"
            + (solutions ? "; or a solution, of which every project is read that refers to TorchSharp." : "."),
    };

    private readonly Option<string[]> _references = new("--reference")
    {
        Description = "An assembly that .cs files without a project refer to, TorchSharp.dll most often; may be given several times. Without TorchSharp.dll, the newest one of the NuGet cache is taken.",
        HelpName = "TorchSharp.dll",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<bool> _noProject = new("--no-project")
    {
        Description = "Reads the .cs files of a folder although there is a project: for one that does not restore.",
    };

    /// <summary>Makes them part of a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_source);
        command.Add(_references);
        command.Add(_noProject);
    }

    /// <summary>Reads what the command line names; of a solution every project that refers to TorchSharp.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="errors">Where to write what a user should know about how it was read.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="CommandException">It cannot be read.</exception>
    public IReadOnlyList<SourceCode> LoadAll(ParseResult parsed, TextWriter errors, CancellationToken cancellation)
    {
        var path = Path.GetFullPath(parsed.GetRequiredValue(_source));
        if (!Solution.IsSolution(path))
        {
            return [Load(parsed, errors, cancellation)];
        }

        var projects = Solution.Projects(path, cancellation)
            .Select(project => SourceCode.TryLoad(project, parsed.GetValue(_references) ?? [], cancellation))
            .OfType<SourceCode>()
            .ToList();
        foreach (var remark in projects.SelectMany(project => project.Remarks))
        {
            errors.WriteLine("stability: " + remark);
        }

        return projects.Count > 0 ? projects : throw new CommandException($"no C# project of '{path}' refers to TorchSharp");
    }

    /// <summary>The file or folder that the command line names, as a full path.</summary>
    public string PathOf(ParseResult parsed) => Path.GetFullPath(parsed.GetRequiredValue(_source));

    /// <summary>Reads what the command line names.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="errors">Where to write what a user should know about how it was read.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="CommandException">It cannot be read.</exception>
    public SourceCode Load(ParseResult parsed, TextWriter errors, CancellationToken cancellation)
    {
        var code = SourceCode.Load(
            parsed.GetRequiredValue(_source), parsed.GetValue(_references) ?? [], parsed.GetValue(_noProject), cancellation);
        foreach (var remark in code.Remarks)
        {
            errors.WriteLine("stability: " + remark);
        }

        return code;
    }
}
