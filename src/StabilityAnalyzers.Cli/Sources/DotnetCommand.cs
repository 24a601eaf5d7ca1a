using System.ComponentModel;
using System.Diagnostics;

namespace StabilityAnalyzers.Cli.Sources;

/// <summary>What a run of <c>dotnet</c> gave.</summary>
/// <param name="ExitCode">0 if it succeeded.</param>
/// <param name="Output">Standard output.</param>
/// <param name="ErrorOutput">Standard error.</param>
internal sealed record DotnetCommand(int ExitCode, string Output, string ErrorOutput)
{
    /// <summary>Runs <c>dotnet</c> to its end.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">The working folder, which decides by its global.json which SDK it is.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <exception cref="CommandException">There is no <c>dotnet</c>.</exception>
    public static DotnetCommand Run(IReadOnlyList<string> arguments, string folder, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";

        // Left behind by a parent that was started by an SDK: it would pin that SDK's MSBuild.
        start.Environment.Remove("MSBUILD_EXE_PATH");
        start.Environment.Remove("MSBuildSDKsPath");
        start.Environment.Remove("MSBuildExtensionsPath");
        try
        {
            using var process = Process.Start(start) ?? throw new CommandException("'dotnet' cannot be started");
            using var killed = cancellation.Register(() => process.Kill(entireProcessTree: true));
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            cancellation.ThrowIfCancellationRequested();
            return new DotnetCommand(process.ExitCode, output, errors.GetAwaiter().GetResult());
        }
        catch (Win32Exception)
        {
            throw new CommandException("reading a project needs the .NET SDK, and there is no 'dotnet' here");
        }
    }

    /// <summary>The first errors that it reported.</summary>
    /// <param name="most">At most so many lines.</param>
    public string Errors(int most)
    {
        var lines = (Output + Environment.NewLine + ErrorOutput).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var errors = lines.Where(line => line.Contains("error", StringComparison.OrdinalIgnoreCase)).Distinct().ToArray();
        return string.Join(Environment.NewLine, (errors.Length > 0 ? errors : lines).Take(most).Select(line => "  " + line));
    }
}
