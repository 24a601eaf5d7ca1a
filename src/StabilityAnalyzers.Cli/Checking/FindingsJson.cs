using System.Text.Encodings.Web;
using System.Text.Json;

namespace StabilityAnalyzers.Cli.Checking;

/// <summary>Findings for programs.</summary>
internal static class FindingsJson
{
    /// <summary>Writes <c>{"findings": [...], "stale": [...]}</c>, lines and columns from 1 on.</summary>
    public static void Write(CheckResult result, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("findings");
            foreach (var finding in result.Findings)
            {
                json.WriteStartObject();
                json.WriteString("rule", finding.Rule.Id);
                json.WriteString("severity", finding.SeverityName);
                json.WriteString("message", finding.Message);
                json.WriteString("file", finding.File);
                json.WriteNumber("line", finding.Place.StartLinePosition.Line + 1);
                json.WriteNumber("column", finding.Place.StartLinePosition.Character + 1);
                json.WriteString("symbol", finding.Symbol);
                json.WriteString("state", JsonNamingPolicy.CamelCase.ConvertName(finding.State.ToString()));
                json.WriteString("help", finding.Rule.HelpLinkUri);
                json.WriteStartObject("properties");
                foreach (var (key, value) in finding.Properties.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("stale");
            foreach (var entry in result.Stale)
            {
                json.WriteStringValue(entry.ToString());
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
