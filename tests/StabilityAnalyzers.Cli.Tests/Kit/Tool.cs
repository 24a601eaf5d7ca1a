using System.Text.Json;

namespace StabilityAnalyzers.Cli.Tests.Kit;

/// <summary>One run of the tool in this process.</summary>
/// <param name="ExitCode">How it ended.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record Tool(int ExitCode, string Output, string Errors)
{
    public static Tool Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = StabilityTool.Run(arguments, output, errors);
        return new Tool(code, output.ToString().ReplaceLineEndings("\n"), errors.ToString().ReplaceLineEndings("\n"));
    }

    public JsonElement Json(int exitCode = 0)
    {
        Assert.True(ExitCode == exitCode, Errors);
        using var document = JsonDocument.Parse(Output);
        return document.RootElement.Clone();
    }
}
