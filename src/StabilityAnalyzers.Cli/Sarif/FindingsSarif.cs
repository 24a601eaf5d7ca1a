using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Cli.Checking;

namespace StabilityAnalyzers.Cli.Sarif;

/// <summary>Findings as a SARIF 2.1.0 log, for code scanning.</summary>
internal static class FindingsSarif
{
    /// <summary>Writes one run with all findings; those that are accepted or suppressed say so.</summary>
    public static void Write(CheckResult result, TextWriter output)
    {
        var rules = result.Findings.Select(finding => finding.Rule).DistinctBy(rule => rule.Id).OrderBy(rule => rule.Id, StringComparer.Ordinal).ToList();
        var seen = new Dictionary<string, int>();
        var results = new JsonArray();
        foreach (var finding in result.Findings)
        {
            results.Add(Result(finding, rules.FindIndex(rule => rule.Id == finding.Rule.Id), seen));
        }

        var run = new JsonObject
        {
            ["tool"] = new JsonObject
            {
                ["driver"] = new JsonObject
                {
                    ["name"] = "StabilityAnalyzers",
                    ["version"] = typeof(FindingsSarif).Assembly.GetName().Version?.ToString(3),
                    ["informationUri"] = StabilityRule.DocumentationUri,
                    ["rules"] = new JsonArray([.. rules.Select(Rule)]),
                },
            },
            ["columnKind"] = "utf16CodeUnits",
            ["results"] = results,
        };
        SarifFile.Write(SarifFile.Of([run]), output);
    }

    private static JsonObject Rule(DiagnosticDescriptor rule) => new()
    {
        ["id"] = rule.Id,
        ["shortDescription"] = Text(rule.Title.ToString()),
        ["fullDescription"] = Text(rule.Description.ToString()),
        ["helpUri"] = rule.HelpLinkUri,
        ["defaultConfiguration"] = new JsonObject { ["level"] = Level(rule.DefaultSeverity) },
        ["properties"] = new JsonObject { ["category"] = rule.Category },
    };

    private static JsonObject Result(CodeFinding finding, int ruleIndex, Dictionary<string, int> seen)
    {
        var place = finding.Place.Span;
        var result = new JsonObject
        {
            ["ruleId"] = finding.Rule.Id,
            ["ruleIndex"] = ruleIndex,
            ["level"] = Level(finding.Severity),
            ["message"] = Text(finding.Message),
            ["locations"] = new JsonArray(new JsonObject
            {
                ["physicalLocation"] = new JsonObject
                {
                    ["artifactLocation"] = new JsonObject { ["uri"] = Uri.EscapeDataString(finding.File).Replace("%2F", "/", StringComparison.Ordinal) },
                    ["region"] = new JsonObject
                    {
                        ["startLine"] = place.Start.Line + 1,
                        ["startColumn"] = place.Start.Character + 1,
                        ["endLine"] = place.End.Line + 1,
                        ["endColumn"] = place.End.Character + 1,
                    },
                },
                ["logicalLocations"] = new JsonArray(new JsonObject { ["fullyQualifiedName"] = finding.Symbol }),
            }),
            ["partialFingerprints"] = new JsonObject { ["stability/v1"] = Fingerprint(finding, seen) },
        };
        if (finding.Properties.Count > 0)
        {
            result["properties"] = new JsonObject(finding.Properties
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value))));
        }

        if (finding.State != FindingState.Open)
        {
            result["suppressions"] = new JsonArray(new JsonObject
            {
                ["kind"] = finding.State == FindingState.SuppressedInSource ? "inSource" : "external",
            });
        }

        return result;
    }

    // As stable as a baseline entry: the rule, the member, and the how manieth of its kind there.
    private static string Fingerprint(CodeFinding finding, Dictionary<string, int> seen)
    {
        var key = finding.Rule.Id + " " + finding.Symbol;
        seen[key] = seen.GetValueOrDefault(key) + 1;
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{key} {seen[key]}")))[..32].ToLowerInvariant();
    }

    private static string Level(DiagnosticSeverity severity) => severity switch
    {
        DiagnosticSeverity.Error => "error",
        DiagnosticSeverity.Warning => "warning",
        _ => "note",
    };

    private static JsonObject Text(string text) => new() { ["text"] = text };
}
