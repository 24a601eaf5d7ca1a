using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.Numerics;

namespace StabilityAnalyzers.CodeFixes.Numerics;

/// <summary>Adds a small number to the argument that STAB4005 reports.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB4005AddEpsilonFix))]
[Shared]
public sealed class STAB4005AddEpsilonFix : DocumentFixProvider
{
    private const string Key = STAB4005SingularGradient.Id + ":best";
    private const string Epsilon = "1e-8";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB4005SingularGradient.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (ArgumentOf(diagnostic, root) is not null)
        {
            yield return ($"Add {Epsilon} to the argument (the value changes by that much)", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (ArgumentOf(diagnostic, editor.OriginalRoot) is not { } argument || !editor.IsFirst(argument))
        {
            return;
        }

        editor.ReplaceNode(argument, (current, _) =>
        {
            var old = (ExpressionSyntax)current;
            var inner = old is BinaryExpressionSyntax or ConditionalExpressionSyntax or AssignmentExpressionSyntax ? old.AsReceiver() : old.WithoutTrivia();
            var sum = SyntaxFactory.ParseExpression($"{inner} + {Epsilon}");

            // An argument of a call stands by itself; a receiver or a divisor does not.
            return (argument.Parent is ArgumentSyntax or ParenthesizedExpressionSyntax ? sum : SyntaxFactory.ParenthesizedExpression(sum)).WithTriviaFrom(old);
        });
    }

    private static ExpressionSyntax? ArgumentOf(Diagnostic diagnostic, SyntaxNode root) =>
        diagnostic.AdditionalLocations is [{ } place] && place.SourceTree == diagnostic.Location.SourceTree
            ? root.FindNode(place.SourceSpan, getInnermostNodeForTie: true) as ExpressionSyntax
            : null;
}
