using System.Globalization;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.MidEdit;

/// <summary>
/// No analyzer and no fix throws, whatever the state of the document. The environment variable
/// STABILITY_MID_EDIT_DOCUMENTS asks for more documents than the 150 of an ordinary run, STABILITY_MID_EDIT_SEED for others
/// than those that begin with seed 0.
/// </summary>
public sealed class MidEditTests
{
    private static readonly int s_documents =
        int.Parse(Environment.GetEnvironmentVariable("STABILITY_MID_EDIT_DOCUMENTS") ?? "150", CultureInfo.InvariantCulture);

    private static readonly int s_firstSeed =
        int.Parse(Environment.GetEnvironmentVariable("STABILITY_MID_EDIT_SEED") ?? "0", CultureInfo.InvariantCulture);

    public static TheoryData<string> Names => Corpus.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Corpus_compiles(string name)
    {
        var code = Corpus.Documents.Single(document => document.Name == name).Code;
        Assert.Empty(Errors(code));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Fixed_corpus_compiles_and_stays_fixed(string name)
    {
        var code = Corpus.Documents.Single(document => document.Name == name).Code;
        var before = await Driver.Diagnostics(code);
        foreach (var (id, key, fixedCode) in await FixRunner.ApplyEach(code, before))
        {
            Assert.Empty(Errors(fixedCode));
            var after = await Driver.Diagnostics(fixedCode);
            Assert.True(
                after.Count(diagnostic => diagnostic.Id == id) < before.Count(diagnostic => diagnostic.Id == id),
                $"{id} {key} changed nothing for the rule:\n{fixedCode}");
        }
    }

    [Fact]
    public async Task Nothing_throws_in_the_middle_of_an_edit()
    {
        var reported = 0;
        var applied = 0;
        for (var seed = s_firstSeed; seed < s_firstSeed + s_documents; seed++)
        {
            var (name, original) = Corpus.Documents[seed % Corpus.Documents.Length];
            var code = Mutation.Apply(original, seed);
            try
            {
                var diagnostics = await Driver.Diagnostics(code);
                reported += diagnostics.Length;
                applied += (await FixRunner.ApplyEach(code, diagnostics)).Count;
            }
            catch (Exception exception)
            {
                Assert.Fail($"{name}, seed {seed}: {exception}\n{code}");
            }
        }

        // Else the documents would be too broken to mean anything.
        Assert.True(reported > s_documents / 20, $"{reported} diagnostics in {s_documents} documents.");
        Assert.True(applied > s_documents / 20, $"{applied} fixes in {s_documents} documents.");
    }

    private static IEnumerable<Diagnostic> Errors(string code) =>
        Driver.Compile(code).GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
}
