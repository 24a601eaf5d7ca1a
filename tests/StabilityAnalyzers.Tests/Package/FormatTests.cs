using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Tests.Docs;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Package;

/// <summary><c>dotnet format analyzers</c> applies every fix: to a project that holds the wrong code of all pages.</summary>
[Collection(PackageCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class FormatTests(PackedAnalyzers package)
{
    [Fact]
    public async Task Format_applies_every_fix_and_the_project_builds()
    {
        var consumer = new Consumer(package, "format", "");
        consumer.Write("Usings.cs", Prelude.Usings);
        consumer.Write(Path.GetFileName(consumer.Program), "Console.WriteLine();\n");
        var expected = new List<(string Rule, string File)>();
        foreach (var id in AllRules.ById.Keys.Where(AllRules.HasFix))
        {
            var blocks = RulePage.Read(id).Code("Wrong code");
            for (var i = 0; i < blocks.Count; i++)
            {
                var file = $"{id}_{i}.cs";
                var code = InNamespace(blocks[i], $"Page_{id}_{i}");
                consumer.Write(file, code);

                // A page may also show what has no fix.
                var found = (await Driver.Diagnostics(code)).Where(diagnostic => diagnostic.Id == id).ToList();
                if (found.Count > 0 && (await FixRunner.ApplyEach(code, found)).Count(fix => fix.Key == id + ":best") == found.Count)
                {
                    expected.Add((id, file));
                }
            }
        }

        Assert.NotEmpty(expected);
        var (exitCode, output) = await consumer.Build();
        Assert.True(exitCode == 0, output);
        var before = consumer.SarifResultsByFile();
        Assert.All(expected, finding => Assert.Contains(finding, before));

        // Each run takes the first fix of a rule wherever it is offered; one fix may make room for another.
        (exitCode, output) = await Dotnet.Run(
            consumer.Folder, ["format", "analyzers", "--no-restore", "--severity", "info", "--diagnostics", .. expected.Select(finding => finding.Rule).Distinct()]);
        Assert.True(exitCode == 0, output);
        var formatted = output;
        (exitCode, output) = await consumer.Build("--no-restore");
        Assert.True(exitCode == 0, output);
        var after = consumer.SarifResultsByFile();
        var left = expected.Where(after.Contains).ToList();
        Assert.True(left.Count == 0, $"not fixed: {string.Join(", ", left)}\n{formatted}");
    }

    // Top-level statements become the body of a method: only one file of a program may have them.
    private static string InNamespace(string code, string name)
    {
        var root = CSharpSyntaxTree.ParseText(code).GetCompilationUnitRoot();
        var statements = string.Concat(root.Members.OfType<GlobalStatementSyntax>().Select(member => member.ToFullString()));
        var types = string.Concat(root.Members.Where(member => member is not GlobalStatementSyntax).Select(member => member.ToFullString()));
        var program = statements.Length == 0 ? "" : $"static class Program{name}\n{{\n    public static void Run()\n    {{\n{Indented(statements)}\n    }}\n}}\n\n";
        return $"{string.Concat(root.Usings.Select(use => use.ToFullString()))}namespace {name};\n\n{program}{types.Trim()}\n";
    }

    private static string Indented(string text) =>
        string.Join('\n', text.Trim().Split('\n').Select(line => line.Trim().Length == 0 ? "" : "        " + line));
}
