using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace StabilityAnalyzers.Tests.Kit;

/// <summary>An action that a fix offers, applied.</summary>
/// <param name="Diagnostic">The diagnostic that it is offered for.</param>
/// <param name="Key">Its equivalence key.</param>
/// <param name="Title">Its title.</param>
/// <param name="Code">The text of the document afterwards.</param>
internal sealed record AppliedFix(Diagnostic Diagnostic, string? Key, string Title, string Code);

/// <summary>Applies fixes as an editor does, without the checks of <see cref="Verify"/>.</summary>
internal static class FixRunner
{
    /// <summary>The text after each action that any fix offers for the diagnostics of a document, with its key.</summary>
    public static async Task<List<(string Id, string? Key, string Code)>> ApplyEach(string code, IEnumerable<Diagnostic> diagnostics) =>
        [.. (await Apply(code, diagnostics)).Select(applied => (applied.Diagnostic.Id, applied.Key, applied.Code))];

    /// <summary>Each action that any fix offers for the diagnostics of a document, applied to the document as it is.</summary>
    /// <param name="code">The document.</param>
    /// <param name="diagnostics">Its diagnostics.</param>
    /// <param name="usings">Using directives that hold for the project; none for a document that has all that it needs.</param>
    public static async Task<List<AppliedFix>> Apply(string code, IEnumerable<Diagnostic> diagnostics, string usings = Prelude.Usings)
    {
        var results = new List<AppliedFix>();
        var fixable = diagnostics.Where(diagnostic => AllRules.HasFix(diagnostic.Id)).ToList();
        if (fixable.Count == 0)
        {
            return results;
        }

        using var workspace = new AdhocWorkspace();
        var document = Open(workspace, code, usings);
        foreach (var diagnostic in fixable)
        {
            foreach (var action in await ActionsOf(document, diagnostic))
            {
                var operations = await action.GetOperationsAsync(CancellationToken.None);
                foreach (var change in operations.OfType<ApplyChangesOperation>())
                {
                    var changed = change.ChangedSolution.GetDocument(document.Id)!;
                    results.Add(new(diagnostic, action.EquivalenceKey, action.Title, (await changed.GetTextAsync()).ToString()));
                }
            }
        }

        return results;
    }

    private static async Task<List<CodeAction>> ActionsOf(Document document, Diagnostic diagnostic)
    {
        var actions = new List<CodeAction>();
        foreach (var fix in AllRules.Fixes.Where(fix => fix.FixableDiagnosticIds.Contains(diagnostic.Id)))
        {
            await fix.RegisterCodeFixesAsync(new CodeFixContext(
                document, diagnostic, (action, _) => actions.Add(action), CancellationToken.None));
        }

        return actions;
    }

    private static Document Open(AdhocWorkspace workspace, string code, string usings)
    {
        var project = workspace.AddProject(ProjectInfo.Create(
            ProjectId.CreateNewId(), VersionStamp.Create(), "Test", "Test", LanguageNames.CSharp,
            parseOptions: new CSharpParseOptions(LanguageVersion.Latest),
            compilationOptions: Driver.Compile(code).Options,
            metadataReferences: References.WithTorchSharp));
        var prelude = DocumentInfo.Create(
            DocumentId.CreateNewId(project.Id), "Usings.cs", filePath: Prelude.Path,
            loader: TextLoader.From(TextAndVersion.Create(SourceText.From(usings), VersionStamp.Create())));
        var test = DocumentInfo.Create(
            DocumentId.CreateNewId(project.Id), "Test0.cs", filePath: "/0/Test0.cs",
            loader: TextLoader.From(TextAndVersion.Create(SourceText.From(code), VersionStamp.Create())));
        workspace.AddDocument(prelude);
        return workspace.AddDocument(test);
    }
}
