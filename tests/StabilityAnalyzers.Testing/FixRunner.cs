using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace StabilityAnalyzers.Tests.Kit;

/// <summary>Applies fixes as an editor does, without the checks of <see cref="Verify"/>.</summary>
internal static class FixRunner
{
    /// <summary>The text after each action that any fix offers for the diagnostics of a document, with its key.</summary>
    public static async Task<List<(string Id, string? Key, string Code)>> ApplyEach(string code, IEnumerable<Diagnostic> diagnostics)
    {
        var results = new List<(string, string?, string)>();
        var fixable = diagnostics.Where(diagnostic => AllRules.HasFix(diagnostic.Id)).ToList();
        if (fixable.Count == 0)
        {
            return results;
        }

        using var workspace = new AdhocWorkspace();
        var document = Open(workspace, code);
        foreach (var diagnostic in fixable)
        {
            foreach (var action in await ActionsOf(document, diagnostic))
            {
                var operations = await action.GetOperationsAsync(CancellationToken.None);
                foreach (var change in operations.OfType<ApplyChangesOperation>())
                {
                    var changed = change.ChangedSolution.GetDocument(document.Id)!;
                    results.Add((diagnostic.Id, action.EquivalenceKey, (await changed.GetTextAsync()).ToString()));
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

    private static Document Open(AdhocWorkspace workspace, string code)
    {
        var project = workspace.AddProject(ProjectInfo.Create(
            ProjectId.CreateNewId(), VersionStamp.Create(), "Test", "Test", LanguageNames.CSharp,
            parseOptions: new CSharpParseOptions(LanguageVersion.Latest),
            compilationOptions: Driver.Compile(code).Options,
            metadataReferences: References.WithTorchSharp));
        var usings = DocumentInfo.Create(
            DocumentId.CreateNewId(project.Id), "Usings.cs", filePath: Prelude.Path,
            loader: TextLoader.From(TextAndVersion.Create(SourceText.From(Prelude.Usings), VersionStamp.Create())));
        var test = DocumentInfo.Create(
            DocumentId.CreateNewId(project.Id), "Test0.cs", filePath: "/0/Test0.cs",
            loader: TextLoader.From(TextAndVersion.Create(SourceText.From(code), VersionStamp.Create())));
        workspace.AddDocument(usings);
        return workspace.AddDocument(test);
    }
}
