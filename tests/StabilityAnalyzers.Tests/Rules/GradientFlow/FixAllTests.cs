using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using StabilityAnalyzers.CodeFixes.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

/// <summary>All at once: over a document, a project and a solution with two projects of two documents with three models each.</summary>
public sealed class FixAllTests
{
    [Theory]
    [InlineData(FixAllScope.Document, 1)]
    [InlineData(FixAllScope.Project, 2)]
    [InlineData(FixAllScope.Solution, 4)]
    public async Task No_edit_is_lost(FixAllScope scope, int documents)
    {
        using var workspace = new AdhocWorkspace();
        var solution = workspace.CurrentSolution;
        foreach (var name in new[] { "One", "Two" })
        {
            var project = ProjectInfo.Create(
                ProjectId.CreateNewId(), VersionStamp.Create(), name, name, LanguageNames.CSharp,
                parseOptions: new CSharpParseOptions(LanguageVersion.Latest),
                compilationOptions: Driver.Compile("").Options,
                metadataReferences: References.WithTorchSharp);
            solution = solution.AddProject(project);
            foreach (var (file, code) in new[] { ("Usings", Prelude.Usings), ("A", Models("A")), ("B", Models("B")) })
            {
                solution = solution.AddDocument(DocumentId.CreateNewId(project.Id), file + ".cs", SourceText.From(code), filePath: $"/{name}/{file}.cs");
            }
        }

        var before = await Diagnostics(solution);
        Assert.Equal(12, before.Length);

        var fix = new STAB1001RemedyFix();
        var first = before[0];
        var document = solution.GetDocument(first.Location.SourceTree)!;
        var context = new FixAllContext(
            document, fix, scope, "STAB1001:best", fix.FixableDiagnosticIds, new Provider(before), TestContext.Current.CancellationToken);
        var action = await fix.GetFixAllProvider().GetFixAsync(context);
        var operations = await action!.GetOperationsAsync(TestContext.Current.CancellationToken);
        var after = operations.OfType<ApplyChangesOperation>().Single().ChangedSolution;

        foreach (var project in after.Projects)
        {
            var compilation = await project.GetCompilationAsync(TestContext.Current.CancellationToken);
            Assert.DoesNotContain(compilation!.GetDiagnostics(TestContext.Current.CancellationToken), error => error.Severity == DiagnosticSeverity.Error);
        }

        Assert.Equal((4 - documents) * 3, (await Diagnostics(after)).Length);
    }

    // Each has another best fix: an initialiser in two constructors of one line, ReLU in a returned container, shortcuts.
    private static string Models(string name) => $$"""
        class {{name}}1 : Module<Tensor, Tensor>
        {
            private readonly Linear a = Linear(32, 32), head = Linear(32, 1);
            public {{name}}1() : base("one") { RegisterComponents(); }
            public {{name}}1(string name) : base(name) { RegisterComponents(); }
            public override Tensor forward(Tensor x)
            {
                for (var i = 0; i < 30; i++) x = functional.relu(a.call(x));
                return head.call(x);
            }
        }

        static class {{name}}2
        {
            public static Module<Tensor, Tensor> Create() => Sequential({{string.Concat(Enumerable.Repeat("Linear(8, 8), Sigmoid(), ", 10))}}Linear(8, 1));
        }

        class {{name}}3 : Module<Tensor, Tensor>
        {
            private readonly Linear a = Linear(32, 32), head = Linear(32, 1);
            public {{name}}3() : base("three") => RegisterComponents();
            public override Tensor forward(Tensor x)
            {
                for (var i = 0; i < 8; i++) x = torch.sigmoid(a.call(x));
                return head.call(x);
            }
        }
        """;

    private static async Task<ImmutableArray<Diagnostic>> Diagnostics(Solution solution)
    {
        var all = ImmutableArray.CreateBuilder<Diagnostic>();
        foreach (var project in solution.Projects)
        {
            var compilation = (await project.GetCompilationAsync(TestContext.Current.CancellationToken))!;
            all.AddRange((await Driver.Diagnostics(compilation, ImmutableArray.Create<DiagnosticAnalyzer>(new ModelGraphAnalyzer())))
                .Where(diagnostic => diagnostic.Id == "STAB1001"));
        }

        return all.ToImmutable();
    }

    private sealed class Provider(ImmutableArray<Diagnostic> diagnostics) : FixAllContext.DiagnosticProvider
    {
        public override async Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken)
        {
            var tree = await document.GetSyntaxTreeAsync(cancellationToken);
            return diagnostics.Where(diagnostic => diagnostic.Location.SourceTree == tree);
        }

        public override async Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken)
        {
            var compilation = await project.GetCompilationAsync(cancellationToken);
            return diagnostics.Where(diagnostic => compilation!.ContainsSyntaxTree(diagnostic.Location.SourceTree!));
        }

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            Task.FromResult<IEnumerable<Diagnostic>>([]);
    }
}
