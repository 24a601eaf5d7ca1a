using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.EditingSession;

/// <summary>
/// An editor with two projects, a library of models and a program that trains them. After each edit it asks for the
/// diagnostics of the open document alone, as an IDE does, and never for those at the end of the compilation.
/// </summary>
internal sealed class Editor : IDisposable
{
    private readonly AdhocWorkspace _workspace = new();
    private readonly Stack<Solution> _undo = new();

    public Editor(string model, string trainer)
    {
        var models = Project("Models", OutputKind.DynamicallyLinkedLibrary);
        var training = Project("Training", OutputKind.ConsoleApplication);
        Current = _workspace.CurrentSolution.AddProject(models).AddProject(training)
            .AddProjectReference(training.Id, new ProjectReference(models.Id));
        Model = Add(models.Id, "Model.cs", model);
        Trainer = Add(training.Id, "Trainer.cs", trainer);
        Add(models.Id, "Usings.cs", Prelude.Usings);
        Add(training.Id, "Usings.cs", Prelude.Usings);
    }

    /// <summary>The document of the models.</summary>
    public DocumentId Model { get; }

    /// <summary>The document of the program.</summary>
    public DocumentId Trainer { get; }

    /// <summary>The state of all documents.</summary>
    public Solution Current { get; private set; }

    /// <summary>Gives a document another text.</summary>
    public void Edit(DocumentId document, string text) => Apply(Current.WithDocumentText(document, SourceText.From(text)));

    /// <summary>Gives a document another text, made from the one it has.</summary>
    public async Task Edit(DocumentId document, Func<string, string> change) => Edit(document, change(await Text(document)));

    /// <summary>Takes the last edit back.</summary>
    public void Undo() => Current = _undo.Pop();

    /// <summary>The text of a document.</summary>
    public async Task<string> Text(DocumentId document) => (await Current.GetDocument(document)!.GetTextAsync()).ToString();

    /// <summary>What the editor underlines in one document: rule and line from 1 on.</summary>
    public async Task<IReadOnlyList<(string Id, int Line)>> Diagnostics(DocumentId document) => Lines(await OfDocument(document));

    /// <summary>What a build of the document's project reports in it, where the other project is an assembly.</summary>
    public async Task<IReadOnlyList<(string Id, int Line)>> Build(DocumentId document)
    {
        var compilation = (CSharpCompilation)(await Current.GetProject(document.ProjectId)!.GetCompilationAsync())!;
        foreach (var reference in compilation.References.OfType<CompilationReference>())
        {
            using var assembly = new MemoryStream();
            var emitted = reference.Compilation.Emit(assembly);
            Assert.True(emitted.Success, string.Join("\n", emitted.Diagnostics));
            compilation = compilation.ReplaceReference(reference, MetadataReference.CreateFromImage(assembly.ToArray()));
        }

        var path = Current.GetDocument(document)!.FilePath;
        return Lines((await Driver.Diagnostics(compilation, Driver.AllAnalyzers)).Where(diagnostic => diagnostic.Location.SourceTree?.FilePath == path));
    }

    /// <summary>Applies the first fix that is offered for the first diagnostic of a rule.</summary>
    public async Task ApplyFix(DocumentId document, string id)
    {
        var diagnostic = (await OfDocument(document)).First(diagnostic => diagnostic.Id == id);
        var actions = new List<CodeAction>();
        foreach (var fix in AllRules.Fixes.Where(fix => fix.FixableDiagnosticIds.Contains(id)))
        {
            await fix.RegisterCodeFixesAsync(new CodeFixContext(
                Current.GetDocument(document)!, diagnostic, (action, _) => actions.Add(action), TestContext.Current.CancellationToken));
        }

        var operations = await actions[0].GetOperationsAsync(TestContext.Current.CancellationToken);
        Apply(operations.OfType<ApplyChangesOperation>().Single().ChangedSolution);
    }

    public void Dispose() => _workspace.Dispose();

    private async Task<ImmutableArray<Diagnostic>> OfDocument(DocumentId id)
    {
        var model = (await Current.GetDocument(id)!.GetSemanticModelAsync())!;
        ExceptionDispatchInfo? thrown = null;
        var driver = model.Compilation.WithAnalyzers(Driver.AllAnalyzers, new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([], new ConfigOptions([])),
            (exception, _, _) => Interlocked.CompareExchange(ref thrown, ExceptionDispatchInfo.Capture(exception), null),
            concurrentAnalysis: true,
            logAnalyzerExecutionTime: false));
        var cancellation = TestContext.Current.CancellationToken;
        var syntax = await driver.GetAnalyzerSyntaxDiagnosticsAsync(model.SyntaxTree, cancellation);
        var semantic = await driver.GetAnalyzerSemanticDiagnosticsAsync(model, null, cancellation);
        thrown?.Throw();
        return [.. syntax, .. semantic];
    }

    private static IReadOnlyList<(string Id, int Line)> Lines(IEnumerable<Diagnostic> diagnostics) =>
    [
        .. diagnostics
            .Select(diagnostic => (diagnostic.Id, Line: diagnostic.Location.GetLineSpan().StartLinePosition.Line + 1))
            .OrderBy(item => item.Line).ThenBy(item => item.Id, StringComparer.Ordinal),
    ];

    private void Apply(Solution next)
    {
        _undo.Push(Current);
        Current = next;
    }

    private DocumentId Add(ProjectId project, string name, string text)
    {
        var id = DocumentId.CreateNewId(project);
        Current = Current.AddDocument(id, name, SourceText.From(text), filePath: $"/{Current.GetProject(project)!.Name}/{name}");
        return id;
    }

    private static ProjectInfo Project(string name, OutputKind kind) => ProjectInfo.Create(
        ProjectId.CreateNewId(), VersionStamp.Create(), name, name, LanguageNames.CSharp,
        parseOptions: new CSharpParseOptions(LanguageVersion.Latest),
        compilationOptions: new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable),
        metadataReferences: References.WithTorchSharp);
}
