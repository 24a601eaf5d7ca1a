using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.Usage;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>Replaces the <c>forward</c> that STAB5011 reports by <c>call</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5011CallFix))]
[Shared]
public sealed class STAB5011CallFix : DocumentFixProvider
{
    private const string Key = STAB5011ForwardSkipsHooks.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB5011ForwardSkipsHooks.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (NameOf(diagnostic, root, model, cancellation) is not null)
        {
            yield return ("Use call, which runs the hooks", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (NameOf(diagnostic, editor.OriginalRoot, model, cancellation) is { } name)
        {
            editor.ReplaceNode(name, SyntaxFactory.IdentifierName("call").WithTriviaFrom(name));
        }
    }

    private static SimpleNameSyntax? NameOf(Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is not InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call)
        {
            return null;
        }

        // The same arguments, and the same result.
        var changed = call.ReplaceNode(access.Name, SyntaxFactory.IdentifierName("call"));
        var bound = model.GetSpeculativeSymbolInfo(call.SpanStart, changed, SpeculativeBindingOption.BindAsExpression).Symbol as IMethodSymbol;
        var before = model.GetSymbolInfo(call, cancellation).Symbol as IMethodSymbol;
        return bound is not null && SymbolEqualityComparer.Default.Equals(bound.ReturnType, before?.ReturnType) ? access.Name : null;
    }
}
