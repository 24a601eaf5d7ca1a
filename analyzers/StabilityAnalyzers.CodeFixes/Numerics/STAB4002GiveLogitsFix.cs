using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.Numerics;

namespace StabilityAnalyzers.CodeFixes.Numerics;

/// <summary>
/// Takes out the sigmoid that STAB4002 reports; where the loss does not compute one, makes it the loss that does. The
/// latter only for the function, for a loss module may be used at other places.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB4002GiveLogitsFix))]
[Shared]
public sealed class STAB4002GiveLogitsFix : DocumentFixProvider
{
    private const string Key = STAB4002SigmoidIntoBinaryCrossEntropy.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        ImmutableArray.Create(STAB4002SigmoidIntoBinaryCrossEntropy.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (OutputRemoval.Of(diagnostic, root, model, cancellation) is not { } removal)
        {
            yield break;
        }

        if (diagnostic.Severity == DiagnosticSeverity.Warning)
        {
            yield return (
                removal.IsInModel
                    ? "Remove the sigmoid: the model returns logits from then on"
                    : "Remove the sigmoid: the loss computes it from the logits (its value changes)",
                Key);
        }
        else if (!removal.IsInModel && FunctionOf(diagnostic, root) is not null)
        {
            yield return ("Give the logits to binary_cross_entropy_with_logits", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (OutputRemoval.Of(diagnostic, editor.OriginalRoot, model, cancellation) is not { } removal)
        {
            return;
        }

        if (diagnostic.Severity == DiagnosticSeverity.Warning)
        {
            removal.Apply(editor);
        }
        else if (!removal.IsInModel && FunctionOf(diagnostic, editor.OriginalRoot) is { } name)
        {
            removal.Apply(editor);
            editor.ReplaceNode(name, SyntaxFactory.IdentifierName("binary_cross_entropy_with_logits").WithTriviaFrom(name));
        }
    }

    // The parameters of both functions have the same names and order.
    private static SimpleNameSyntax? FunctionOf(Diagnostic diagnostic, SyntaxNode root)
    {
        var call = root.FindNode(diagnostic.Location.SourceSpan).FirstAncestorOrSelf<ArgumentSyntax>()?.Parent?.Parent as InvocationExpressionSyntax;
        return call?.Expression is MemberAccessExpressionSyntax { Name: IdentifierNameSyntax { Identifier.ValueText: "binary_cross_entropy" } name } ? name : null;
    }
}
