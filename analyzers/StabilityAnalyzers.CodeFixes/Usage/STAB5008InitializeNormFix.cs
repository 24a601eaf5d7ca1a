using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.CodeFixes.Models;
using StabilityAnalyzers.Rules.Usage;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>
/// Sets weight and bias of the GroupNorm that STAB5008 reports to 1 and 0: behind the statement that makes it, or in the
/// constructors where a field's initialiser does. A layer within a <c>Sequential</c> has no name to reach it by.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5008InitializeNormFix))]
[Shared]
public sealed class STAB5008InitializeNormFix() : OneActionFix(STAB5008UninitializedGroupNorm.Id, "Set weight and bias to 1 and 0")
{
    private protected override Action<SyntaxEditor>? ChangeFor(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation) =>
        SubjectOf(diagnostic, root, model, cancellation) is var (holder, isTyped, places)
            ? editor => Initialize(editor, model, holder, isTyped, places)
            : null;

    private static void Initialize(
        SyntaxEditor editor, SemanticModel model, string holder, bool isTyped, IReadOnlyList<(StatementSyntax Anchor, bool IsBefore)> places)
    {
        foreach (var (anchor, isBefore) in places)
        {
            var binding = new NameBinding(model, anchor.SpanStart);
            var layer = isTyped ? holder : $"(({binding.Layer("GroupNorm")}){holder})";
            var statements = new[] { $"{binding.Init}.ones_({layer}.weight);", $"{binding.Init}.zeros_({layer}.bias);" }
                .Select(text => SyntaxFactory.ParseStatement(text)).ToList();
            foreach (var statement in statements)
            {
                // The first takes the blank lines above the anchor, the others follow it.
                if (isBefore && editor.IsFirst(anchor))
                {
                    editor.InsertStatementBefore(anchor, statement);
                }
                else if (isBefore)
                {
                    editor.InsertBefore(anchor, Plain(statement, anchor));
                }
            }

            if (!isBefore)
            {
                editor.InsertAfter(anchor, statements.Select(statement => Plain(statement, anchor)));
            }
        }
    }

    private static StatementSyntax Plain(StatementSyntax statement, StatementSyntax anchor) => statement
        .WithLeadingTrivia(Indentation(anchor))
        .WithTrailingTrivia(anchor.GetTrailingTrivia().Where(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia)));

    private static (string Holder, bool IsTyped, IReadOnlyList<(StatementSyntax Anchor, bool IsBefore)> Places)? SubjectOf(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call)
        {
            return null;
        }

        // norm = GroupNorm(8, 64); and var norm = GroupNorm(8, 64);
        var (symbol, statement) = call.Parent switch
        {
            AssignmentExpressionSyntax { Parent: ExpressionStatementSyntax { Parent: BlockSyntax } assigned } assignment =>
                (model.GetSymbolInfo(assignment.Left, cancellation).Symbol, (StatementSyntax?)assigned),
            EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } => (
                model.GetDeclaredSymbol(declarator, cancellation),
                declarator.Parent?.Parent as LocalDeclarationStatementSyntax is { Parent: BlockSyntax } declared ? declared : null),
            _ => (null, null),
        };
        var type = symbol switch
        {
            IFieldSymbol field => field.Type,
            ILocalSymbol local => local.Type,
            _ => null,
        };
        if (symbol is null || type is null)
        {
            return null;
        }

        var places = statement is not null ? [(statement, false)] : symbol is IFieldSymbol ? ConstructorPlaces(call) : [];
        return places.Count == 0 ? null : (symbol.Name, type.Name == "GroupNorm", places);
    }

    // Before RegisterComponents() of every constructor, none of which may hide the field.
    private static IReadOnlyList<(StatementSyntax, bool)> ConstructorPlaces(SyntaxNode call)
    {
        var constructors = call.FirstAncestorOrSelf<TypeDeclarationSyntax>()?.Members.OfType<ConstructorDeclarationSyntax>()
            .Where(constructor => constructor.Initializer is not { ThisOrBaseKeyword.RawKind: (int)SyntaxKind.ThisKeyword }
                && !constructor.Modifiers.Any(SyntaxKind.StaticKeyword)).ToList();
        var places = (constructors ?? []).Select(constructor => constructor.Body?.Statements.FirstOrDefault(statement => statement
            is ExpressionStatementSyntax { Expression: InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "RegisterComponents" } } })).ToList();
        return places.Contains(null) ? [] : [.. places.Select(place => (place!, true))];
    }

    private static IEnumerable<SyntaxTrivia> Indentation(SyntaxNode statement) =>
        statement.GetLeadingTrivia().Reverse().TakeWhile(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia));
}
