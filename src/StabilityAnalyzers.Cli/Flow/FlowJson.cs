using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace StabilityAnalyzers.Cli.Flow;

/// <summary>
/// The JSON of <c>stability flow</c>, which other programs rely on:
/// <c>{"models":[{"model":"Namespace.Type","complete":true,"unknown":[...],"layers":[{"path":"fc0","kind":"Linear","secondMoment":1.2,
/// "gradientRatio":0.5,"depthFactor":0.5,"location":"file(line,column)"}]}],"coverage":{"classes":2,"complete":1}}</c>. Layers are in
/// forward order; what is not known is null; members may be added, none is renamed.
/// </summary>
internal static class FlowJson
{
    /// <summary>Writes the models.</summary>
    public static void Write(IReadOnlyList<FlowModel> models, TextWriter output)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("models");
            foreach (var model in models)
            {
                WriteModel(json, model);
            }

            json.WriteEndArray();
            var coverage = Coverage.Of(models);
            json.WriteStartObject("coverage");
            json.WriteNumber("classes", coverage.Classes);
            json.WriteNumber("complete", coverage.Complete);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static void WriteModel(Utf8JsonWriter json, FlowModel model)
    {
        json.WriteStartObject();
        json.WriteString("model", model.Name);
        json.WriteBoolean("complete", model.IsComplete);
        json.WriteStartArray("unknown");
        foreach (var reason in model.Unknown)
        {
            json.WriteStringValue(reason);
        }

        json.WriteEndArray();
        json.WriteStartArray("layers");
        foreach (var (layer, location) in model.Layers)
        {
            json.WriteStartObject();
            json.WriteString("path", layer.Path);
            json.WriteString("kind", layer.Kind);
            WriteNumber(json, "secondMoment", layer.SecondMoment);
            WriteNumber(json, "gradientRatio", layer.GradientRatio);
            WriteNumber(json, "depthFactor", layer.DepthFactor);
            json.WriteString("location", location);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // JSON has no infinity: a signal that overflows is as good as unknown.
    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } known && double.IsFinite(known))
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
