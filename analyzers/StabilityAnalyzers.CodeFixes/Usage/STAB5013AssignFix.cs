using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.Usage;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>Assigns the result that STAB5013 reports to the variable that the operator was meant to change.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5013AssignFix))]
[Shared]
public sealed class STAB5013AssignFix : DocumentFixProvider
{
    private const string Key = STAB5013DroppedResult.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB5013DroppedResult.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (TargetOf(diagnostic, root, model, cancellation) is { Target: var target })
        {
            yield return ($"Assign the result to '{target}'", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (TargetOf(diagnostic, editor.OriginalRoot, model, cancellation) is not { } found)
        {
            return;
        }

        editor.ReplaceNode(found.Call, SyntaxFactory
            .AssignmentExpression(
                SyntaxKind.SimpleAssignmentExpression,
                found.Target.WithoutTrivia(),
                SyntaxFactory.Token(SyntaxKind.EqualsToken).WithLeadingTrivia(SyntaxFactory.Space).WithTrailingTrivia(SyntaxFactory.Space),
                found.Call.WithoutLeadingTrivia().WithoutTrailingTrivia())
            .WithTriviaFrom(found.Call));
    }

    private static (InvocationExpressionSyntax Call, ExpressionSyntax Target)? TargetOf(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        // With x?.to(device) it is open what is to be assigned where x is null.
        if (root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call
            || call.Parent is not ExpressionStatementSyntax)
        {
            return null;
        }

        ExpressionSyntax? current = call;
        while (current is InvocationExpressionSyntax invocation)
        {
            // torch.clamp(x, 0, 1), or x.clamp(0, 1)
            var isStatic = model.GetSymbolInfo(invocation, cancellation).Symbol is IMethodSymbol { IsStatic: true };
            current = isStatic
                ? invocation.ArgumentList.Arguments.FirstOrDefault() is { NameColon: null } argument ? argument.Expression : null
                : (invocation.Expression as MemberAccessExpressionSyntax)?.Expression;
            while (current is ParenthesizedExpressionSyntax parenthesized)
            {
                current = parenthesized.Expression;
            }
        }

        return current is not null && IsAssignable(current, call, model, cancellation) ? (call, current) : null;
    }

    private static bool IsAssignable(ExpressionSyntax target, ExpressionSyntax call, SemanticModel model, CancellationToken cancellation)
    {
        // A parameter is no mere tensor, and its type says so.
        var type = model.GetTypeInfo(target, cancellation).Type;
        if (!SymbolEqualityComparer.Default.Equals(type, model.GetTypeInfo(call, cancellation).Type))
        {
            return false;
        }

        var isPlain = target is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax or IdentifierNameSyntax };
        return isPlain && model.GetSymbolInfo(target, cancellation).Symbol switch
        {
            ILocalSymbol local => local is { IsForEach: false, IsUsing: false, IsFixed: false, RefKind: RefKind.None or RefKind.Ref },
            IParameterSymbol parameter => parameter.RefKind is RefKind.None or RefKind.Ref,
            IFieldSymbol field => !field.IsReadOnly,
            IPropertySymbol property => property.SetMethod is { IsInitOnly: false } setter && model.IsAccessible(target.SpanStart, setter),
            _ => false,
        };
    }
}
