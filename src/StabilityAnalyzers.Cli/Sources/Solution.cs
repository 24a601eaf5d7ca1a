namespace StabilityAnalyzers.Cli.Sources;

/// <summary>The projects of a solution, as the SDK lists them.</summary>
internal static class Solution
{
    /// <summary>True for the path of a solution.</summary>
    public static bool IsSolution(string path) =>
        File.Exists(path) && Path.GetExtension(path).ToLowerInvariant() is ".sln" or ".slnx" or ".slnf";

    /// <summary>Full paths of its C# projects.</summary>
    /// <exception cref="CommandException">The SDK is missing or cannot read it.</exception>
    public static IReadOnlyList<string> Projects(string solution, CancellationToken cancellation)
    {
        var folder = Path.GetDirectoryName(solution)!;
        var listed = DotnetCommand.Run(["sln", solution, "list"], folder, cancellation);
        return listed.ExitCode != 0
            ? throw new CommandException($"'{solution}' cannot be read:{Environment.NewLine}{listed.Errors(5)}")
            : listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Where(line => line.EndsWith(".csproj", StringComparison.OrdinalIgnoreCase))
                .Select(line => Path.GetFullPath(Path.Combine(folder, line.Replace('\\', Path.DirectorySeparatorChar))))
                .ToArray();
    }
}
