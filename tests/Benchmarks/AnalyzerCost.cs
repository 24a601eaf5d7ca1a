using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace StabilityAnalyzers.Benchmarks;

/// <summary>
/// What the analyzers add to a build: a generated project is compiled by the SDK's own compiler, once without any analyzer for
/// the compiler's CPU time, and once with ours and with Meziantou.Analyzer, whose times the compiler itself reports.
/// </summary>
internal static partial class AnalyzerCost
{
    private const string Meziantou = "3.0.321";

    public static int Run(int classes)
    {
        var folder = Directory.CreateTempSubdirectory("stability-cost-").FullName;
        try
        {
            var lines = Write(folder, classes);
            var arguments = CompilerArguments(folder);
            var compiler = Path.Combine(SdkFolder(folder), "Roslyn", "bincore", "csc.dll");
            Console.WriteLine($"{classes} model classes, {lines} lines");
            var plain = arguments.Where(argument => !argument.StartsWith("/analyzer", StringComparison.Ordinal)).ToList();
            Compile(folder, compiler, plain);
            var (own, _) = Compile(folder, compiler, plain);
            var (all, report) = Compile(folder, compiler, [.. arguments, "/reportanalyzer"]);
            var times = AssemblyTime().Matches(report).GroupBy(match => match.Groups["name"].Value).ToDictionary(
                group => group.Key, group => group.Max(match => double.Parse(match.Groups["seconds"].Value.TrimStart('<'), CultureInfo.InvariantCulture)));
            Console.WriteLine($"CPU time of the compiler without analyzers: {own:F2} s; with all of them: {all:F2} s");
            Console.WriteLine();
            Console.WriteLine("| analyzers | seconds | part of the compiler's CPU time |");
            Console.WriteLine("|---|---|---|");
            foreach (var name in new[] { "StabilityAnalyzers", "Meziantou.Analyzer" })
            {
                Console.WriteLine($"| {name} | {times[name]:F2} | {100 * times[name] / own:F0} % |");
            }

            Console.WriteLine();
            Console.WriteLine("The slowest of ours:");
            foreach (Match match in RuleTime().Matches(report).Where(match => match.Groups["name"].Value.StartsWith("StabilityAnalyzers.", StringComparison.Ordinal)).Take(8))
            {
                Console.WriteLine($"  {match.Groups["seconds"].Value,7} s  {match.Groups["name"].Value}");
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Write(string folder, int classes)
    {
        var lines = 0;
        for (var i = 0; i < classes; i++)
        {
            var text = GeneratedModels.File(i);
            lines += text.Count(c => c == '\n');
            File.WriteAllText(Path.Combine(folder, $"Model{i}.cs"), text);
        }

        var analyzers = Path.GetDirectoryName(typeof(RuleCatalog).Assembly.Location);
        File.WriteAllText(Path.Combine(folder, "Directory.Build.props"), "<Project />");
        File.WriteAllText(Path.Combine(folder, "Generated.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <NoWarn>$(NoWarn);CS1591</NoWarn>
                <EnableNETAnalyzers>false</EnableNETAnalyzers>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Meziantou.Analyzer" Version="{Meziantou}" PrivateAssets="all" />
                <Reference Include="{typeof(TorchSharp.torch).Assembly.Location}" />
                <Analyzer Include="{analyzers}/StabilityAnalyzers.dll" />
                <Analyzer Include="{analyzers}/StabilityAnalyzers.GradientFlow.dll" />
              </ItemGroup>
            </Project>
            """);
        return lines;
    }

    private static List<string> CompilerArguments(string folder)
    {
        Dotnet(folder, "restore", "-v:quiet");
        var output = Dotnet(
            folder, "msbuild", "-t:Compile", "-nologo", "-p:DesignTimeBuild=true", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true", "-getItem:CscCommandLineArgs");
        using var json = JsonDocument.Parse(output);
        return [.. json.RootElement.GetProperty("Items").GetProperty("CscCommandLineArgs").EnumerateArray().Select(item => item.GetProperty("Identity").GetString()!)];
    }

    private static string SdkFolder(string folder) => Path.Combine(
        Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(typeof(object).Assembly.Location)))! is var shared ? Path.GetDirectoryName(shared)! : "",
        "sdk",
        Dotnet(folder, "--version").Trim());

    private static (double Seconds, string Output) Compile(string folder, string compiler, IReadOnlyList<string> arguments)
    {
        var response = Path.Combine(folder, "arguments.rsp");
        Directory.CreateDirectory(Path.Combine(folder, "obj", "Debug", "net10.0", "ref"));
        Directory.CreateDirectory(Path.Combine(folder, "obj", "Debug", "net10.0", "refint"));
        File.WriteAllLines(response, arguments.Select(argument => argument.Contains(' ', StringComparison.Ordinal) && !argument.Contains('"', StringComparison.Ordinal) ? $"\"{argument}\"" : argument));
        var (output, seconds) = Start(folder, [compiler, "/noconfig", "@" + response]);
        return (seconds, output);
    }

    private static string Dotnet(string folder, params string[] arguments) => Start(folder, arguments).Output;

    private static (string Output, double Seconds) Start(string folder, IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var seconds = 0.0;
        try
        {
            // Not every system tells it of a process that has ended; what its last hundredth used is left out.
            while (!process.WaitForExit(10))
            {
                seconds = process.TotalProcessorTime.TotalSeconds;
                process.Refresh();
            }
        }
        catch (InvalidOperationException)
        {
            process.WaitForExit();
        }

        return process.ExitCode == 0 ? (output.GetAwaiter().GetResult(), seconds) : throw new InvalidOperationException(output.GetAwaiter().GetResult());
    }

    // "   1.234  56      StabilityAnalyzers, Version=0.1.0.0, Culture=neutral, PublicKeyToken=null"
    [GeneratedRegex(@"^\s*(?<seconds><?\d+\.\d+)\s+\S+\s+(?<name>[\w.]+), Version=", RegexOptions.Multiline)]
    private static partial Regex AssemblyTime();

    [GeneratedRegex(@"^\s*(?<seconds><?\d+\.\d+)\s+\S+\s+(?<name>[\w.]+) \(", RegexOptions.Multiline)]
    private static partial Regex RuleTime();
}
