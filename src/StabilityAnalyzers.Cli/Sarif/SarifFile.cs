using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StabilityAnalyzers.Cli.Sarif;

/// <summary>Reads and writes SARIF 2.1.0 logs.</summary>
internal static class SarifFile
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A log that holds these runs.</summary>
    public static JsonObject Of(IEnumerable<JsonNode> runs) => new()
    {
        ["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json",
        ["version"] = "2.1.0",
        ["runs"] = new JsonArray([.. runs]),
    };

    /// <summary>Writes a log.</summary>
    public static void Write(JsonObject log, TextWriter output) => output.WriteLine(log.ToJsonString(s_format));

    /// <summary>Reads the runs of a log.</summary>
    /// <exception cref="CommandException">The file is missing, damaged, or no SARIF 2.1.0.</exception>
    public static IReadOnlyList<JsonObject> Runs(string path)
    {
        if (!File.Exists(path))
        {
            throw new CommandException($"'{path}' does not exist");
        }

        try
        {
            using var stream = File.OpenRead(path);
            if (JsonNode.Parse(stream) is not JsonObject log || log["version"]?.GetValue<string>() != "2.1.0" || log["runs"] is not JsonArray runs)
            {
                throw new CommandException($"'{path}' is no SARIF 2.1.0 log (the build writes one with -p:ErrorLog=log.sarif%2Cversion=2.1)");
            }

            return [.. runs.OfType<JsonObject>()];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new CommandException($"'{path}' is damaged: it is not JSON as a SARIF log is");
        }
    }
}
