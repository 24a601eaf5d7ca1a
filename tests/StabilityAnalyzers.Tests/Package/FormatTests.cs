using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Tests.Docs;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Package;

/// <summary><c>dotnet format analyzers</c> applies every fix: to a project with code that each fixable rule reports.</summary>
[Collection(PackageCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class FormatTests(PackedAnalyzers package)
{
    // What the pages of these rules show is not all fixed: STAB3009 about a missing backward, STAB4003 about a formula whose
    // parts stand apart, STAB5008 in a constructor without a body. These documents hold what has a fix.
    private static readonly Dictionary<string, string> s_ownDocuments = new()
    {
        ["STAB3009"] = """
            var model = Sequential(Linear(2, 64), ReLU(), Linear(64, 2));
            var optimizer = optim.SGD(model.parameters(), 0.1);
            for (var i = 0; i < 100; i++)
            {
                using var scope = NewDisposeScope();
                optimizer.zero_grad();
                F.cross_entropy(model.call(rand(64, 2)), randint(0, 2, 64)).backward();
                optimizer.step();
                optimizer.step();
            }
            """,
        ["STAB4003"] = """
            static class Policy
            {
                public static Tensor Softplus(Tensor x) => torch.log(1 + torch.exp(x));
            }
            """,
        ["STAB5008"] = """
            class Block : Module<Tensor, Tensor>
            {
                private readonly Conv2d conv = Conv2d(3, 32, 3);
                private readonly GroupNorm norm = GroupNorm(8, 32);

                public Block() : base(nameof(Block))
                {
                    RegisterComponents();
                }

                public override Tensor forward(Tensor x) => norm.call(conv.call(x)).relu();
            }
            """,
    };

    [Fact]
    public async Task Format_applies_every_fix_and_the_project_builds()
    {
        var consumer = new Consumer(package, "format", "");
        consumer.Write("Usings.cs", Prelude.Usings);
        consumer.Write(Path.GetFileName(consumer.Program), "Console.WriteLine();\n");
        var expected = new List<(string Rule, string File)>();
        var fixable = AllRules.ById.Keys.Where(AllRules.HasFix).ToList();
        foreach (var id in fixable)
        {
            var blocks = s_ownDocuments.TryGetValue(id, out var own) ? [own] : RulePage.Read(id).Code("Wrong code");
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

        Assert.Equal(fixable, expected.Select(finding => finding.Rule).Distinct());
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
