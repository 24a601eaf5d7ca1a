using System.Text.Json.Nodes;

namespace StabilityAnalyzers.Cli.Sarif;

/// <summary>
/// Makes one run of all runs of the same tool: a build writes a log for each project and target framework, and code scanning
/// wants one. What two logs report alike is there once.
/// </summary>
internal static class SarifMerge
{
    /// <summary>Merges runs.</summary>
    /// <param name="runs">Runs of any number of logs.</param>
    /// <returns>One run for each tool, in the order of their first runs.</returns>
    public static IReadOnlyList<JsonObject> Merge(IEnumerable<JsonObject> runs) =>
        [.. runs.GroupBy(run => run["tool"]?["driver"]?["name"]?.ToString() ?? "").Select(group => MergeOne([.. group]))];

    private static JsonObject MergeOne(IReadOnlyList<JsonObject> runs)
    {
        var merged = (JsonObject)runs[0].DeepClone();
        var rules = new JsonArray();
        var indices = new Dictionary<string, int>(StringComparer.Ordinal);
        var results = new JsonArray();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var run in runs)
        {
            var ownRules = run["tool"]?["driver"]?["rules"] as JsonArray ?? [];
            foreach (var rule in ownRules.OfType<JsonObject>())
            {
                if (rule["id"]?.ToString() is { } id && indices.TryAdd(id, rules.Count))
                {
                    rules.Add(rule.DeepClone());
                }
            }

            foreach (var result in (run["results"] as JsonArray ?? []).OfType<JsonObject>())
            {
                var copy = Independent((JsonObject)result.DeepClone(), ownRules, indices);
                if (seen.Add(copy.ToJsonString()))
                {
                    results.Add(copy);
                }
            }
        }

        if (merged["tool"]?["driver"] is JsonObject driver)
        {
            driver["rules"] = rules;
        }

        merged["results"] = results;

        // They are numbered per run; what the results say by name is enough.
        merged.Remove("artifacts");
        merged.Remove("invocations");
        return merged;
    }

    private static JsonObject Independent(JsonObject result, JsonArray ownRules, Dictionary<string, int> indices)
    {
        var id = result["ruleId"]?.ToString();
        if (id is null && result["ruleIndex"] is JsonValue index && index.TryGetValue<int>(out var at) && at >= 0 && at < ownRules.Count)
        {
            id = ownRules[at]?["id"]?.ToString();
            result["ruleId"] = id;
        }

        result.Remove("ruleIndex");
        if (id is not null && indices.TryGetValue(id, out var number))
        {
            result["ruleIndex"] = number;
        }

        RemoveArtifactIndices(result);
        return result;
    }

    private static void RemoveArtifactIndices(JsonObject result)
    {
        foreach (var list in new[] { "locations", "relatedLocations" })
        {
            foreach (var location in (result[list] as JsonArray ?? []).OfType<JsonObject>())
            {
                (location["physicalLocation"]?["artifactLocation"] as JsonObject)?.Remove("index");
            }
        }
    }
}
