using System.Diagnostics;
using System.Text;

namespace StabilityAnalyzers.Package.Tests.Kit;

/// <summary>Runs a program and collects what it prints.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    // Where the runtime of this very process is installed: shared/Microsoft.NETCore.App/<version> of it.
    private static readonly string Home = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));

    /// <summary>Runs the .NET command line in a folder; what it prints, if it succeeds.</summary>
    public static Task<string> DotNet(string folder, params string[] arguments) =>
        Run(Path.Combine(Home, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"), folder, arguments);

    /// <summary>Runs a program in a folder; what it prints, if it succeeds.</summary>
    public static async Task<string> Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Isolate(start.Environment, folder);
        using var process = Process.Start(start)!;
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        var text = output.ToString();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{text}");
        return text;
    }

    // The program must see neither the build that runs these tests, nor leave servers behind, nor write outside of the folder.
    private static void Isolate(IDictionary<string, string?> environment, string folder)
    {
        foreach (var name in environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            environment.Remove(name);
        }

        environment["DOTNET_ROOT"] = Home;
        environment["MSBUILDDISABLENODEREUSE"] = "1";
        environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        environment["UseSharedCompilation"] = "false";
        environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        environment["DOTNET_NOLOGO"] = "1";
        environment["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = Path.Combine(folder, "extracted");
    }

    private static void Append(StringBuilder output, string? line)
    {
        lock (output)
        {
            output.AppendLine(line);
        }
    }
}
