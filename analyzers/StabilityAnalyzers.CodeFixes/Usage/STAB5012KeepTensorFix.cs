using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.Usage;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>Keeps the tensor that STAB5012 reports: takes the <c>using</c> away, or moves it to the outer dispose scope.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5012KeepTensorFix))]
[Shared]
public sealed class STAB5012KeepTensorFix : DocumentFixProvider
{
    private const string Key = STAB5012DisposedTensorReturned.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB5012DisposedTensorReturned.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        var value = ValueOf(diagnostic, root);
        if (value is not null && IsOfScope(diagnostic))
        {
            yield return ("Move the tensor to the outer dispose scope", Key);
        }
        else if (value is not null && DeclarationOf(value, model, cancellation) is { } declaration)
        {
            yield return ($"Do not dispose of '{declaration.Declaration.Variables[0].Identifier.ValueText}', which is returned", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (ValueOf(diagnostic, editor.OriginalRoot) is not { } value)
        {
            return;
        }

        if (IsOfScope(diagnostic))
        {
            editor.ReplaceNode(value, SyntaxFactory
                .InvocationExpression(SyntaxFactory.MemberAccessExpression(
                    SyntaxKind.SimpleMemberAccessExpression, Receiver(value.WithoutTrivia()), SyntaxFactory.IdentifierName("MoveToOuterDisposeScope")))
                .WithTriviaFrom(value));
        }
        else if (DeclarationOf(value, model, cancellation) is { } declaration)
        {
            // Each return of it asks for the same.
            editor.ReplaceNode(declaration, (node, _) => WithoutUsing((LocalDeclarationStatementSyntax)node));
        }
    }

    private static LocalDeclarationStatementSyntax WithoutUsing(LocalDeclarationStatementSyntax declaration) =>
        declaration.UsingKeyword.IsKind(SyntaxKind.None)
            ? declaration
            : declaration.WithUsingKeyword(default).WithLeadingTrivia(declaration.GetLeadingTrivia());

    private static ExpressionSyntax Receiver(ExpressionSyntax value) =>
        value is IdentifierNameSyntax or InvocationExpressionSyntax or MemberAccessExpressionSyntax or ParenthesizedExpressionSyntax
            ? value
            : SyntaxFactory.ParenthesizedExpression(value);

    private static bool IsOfScope(Diagnostic diagnostic) => diagnostic.Properties.ContainsKey(STAB5012DisposedTensorReturned.ScopeProperty);

    private static ExpressionSyntax? ValueOf(Diagnostic diagnostic, SyntaxNode root)
    {
        var node = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
        return node is ArgumentSyntax argument ? argument.Expression : node as ExpressionSyntax;
    }

    // using var t = ...; of one variable
    private static LocalDeclarationStatementSyntax? DeclarationOf(ExpressionSyntax value, SemanticModel model, CancellationToken cancellation) =>
        value.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>()
            .Select(name => model.GetSymbolInfo(name, cancellation).Symbol).OfType<ILocalSymbol>().FirstOrDefault(local => local.IsUsing)
            ?.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellation) is
            VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax declaration } }
            ? declaration
            : null;
}
