using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Simplification;
using StabilityAnalyzers.CodeFixes.Models;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>Opens a dispose scope at the beginning of each iteration of the loop that STAB5004 reports.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5004DisposeScopeFix))]
[Shared]
public sealed class STAB5004DisposeScopeFix : DocumentFixProvider
{
    private const string Key = STAB5004LoopWithoutDisposeScope.Id + ":best";
    private const string NewScope = "torch.NewDisposeScope";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB5004LoopWithoutDisposeScope.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (FirstOf(diagnostic, root, model, cancellation) is not null)
        {
            yield return ("Dispose of the tensors of each iteration (NewDisposeScope)", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (FirstOf(diagnostic, editor.OriginalRoot, model, cancellation) is not { } first)
        {
            return;
        }

        var usual = SyntaxFactory.ParseExpression(NewScope + "()");
        var bound = model.GetSpeculativeSymbolInfo(first.SpanStart, usual, SpeculativeBindingOption.BindAsExpression).Symbol;
        var call = bound?.ContainingType?.ToDisplayString() == "TorchSharp.torch"
            ? usual
            : SyntaxFactory.ParseExpression($"global::TorchSharp.{NewScope}()").WithAdditionalAnnotations(Simplifier.Annotation);
        var name = NameBinding.FreeName(editor.OriginalRoot, "scope");
        var placeholder = (LocalDeclarationStatementSyntax)SyntaxFactory.ParseStatement($"using var {name} = x;");
        var made = placeholder.ReplaceNode(placeholder.Declaration.Variables[0].Initializer!.Value, call);
        editor.InsertStatementBefore(first, made);
    }

    // The first statement of the body; null where a tensor of one iteration may be wanted in the next.
    private static StatementSyntax? FirstOf(Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        var body = root.FindToken(diagnostic.Location.SourceSpan.Start).Parent switch
        {
            CommonForEachStatementSyntax loop => loop.Statement,
            ForStatementSyntax loop => loop.Statement,
            WhileStatementSyntax loop => loop.Statement,
            DoStatementSyntax loop => loop.Statement,
            _ => null,
        };
        return body is BlockSyntax { Statements: [var first, ..] } block
            && root.SyntaxTree.Options is CSharpParseOptions { LanguageVersion: >= LanguageVersion.CSharp8 }
            && TorchSharpSymbols.TryGet(model.Compilation) is { } symbols
            && !block.DescendantNodes().Any(node => MayKeep(node, block, model, symbols, cancellation))
            ? first
            : null;
    }

    private static bool MayKeep(SyntaxNode node, BlockSyntax body, SemanticModel model, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        switch (node)
        {
            case YieldStatementSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or AwaitExpressionSyntax:
            case ReturnStatementSyntax { Expression: not null }:
            case ArgumentSyntax { RefKindKeyword.RawKind: not 0 }:
                return true;
            case AssignmentExpressionSyntax assignment:
                return model.GetTypeInfo(assignment.Left, cancellation).Type is not { SpecialType: not SpecialType.None and not SpecialType.System_Object }
                    && !IsDeclaredIn(body, model.GetSymbolInfo(assignment.Left, cancellation).Symbol);
            case InvocationExpressionSyntax call:
                return model.GetSymbolInfo(call, cancellation).Symbol is not IMethodSymbol method || MayKeep(method, call, model, symbols, cancellation);
            case ObjectCreationExpressionSyntax creation:
                return creation.ArgumentList?.Arguments.Any(argument => symbols.IsTensor(model.GetTypeInfo(argument.Expression, cancellation).Type)) == true;
            default:
                return false;
        }
    }

    // TorchSharp's own operators and plain modules keep nothing; a list does, and other code may.
    private static bool MayKeep(IMethodSymbol method, InvocationExpressionSyntax call, SemanticModel model, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        if (SymbolEqualityComparer.Default.Equals(method.ContainingAssembly, symbols.Module.ContainingAssembly))
        {
            var receiver = (call.Expression as MemberAccessExpressionSyntax)?.Expression;
            return receiver is not null
                && method.Name is "call" or "forward"
                && model.GetTypeInfo(receiver, cancellation).Type is INamedTypeSymbol type
                && type.DeclaringSyntaxReferences.Any(reference => HasState(type, reference.GetSyntax(cancellation), symbols));
        }

        return call.ArgumentList.Arguments.Any(argument => symbols.IsTensor(model.GetTypeInfo(argument.Expression, cancellation).Type));
    }

    // A module that assigns one of its tensors outside of the constructor: a hidden state.
    private static bool HasState(INamedTypeSymbol type, SyntaxNode declaration, TorchSharpSymbols symbols)
    {
        var names = type.GetMembers().Where(member =>
            symbols.IsTensor((member as IFieldSymbol)?.Type ?? (member as IPropertySymbol)?.Type)).Select(member => member.Name).ToList();
        return declaration.DescendantNodes().OfType<AssignmentExpressionSyntax>().Any(assignment =>
            assignment.FirstAncestorOrSelf<ConstructorDeclarationSyntax>() is null
            && assignment.Left.DescendantTokens().Any(token => names.Contains(token.ValueText)));
    }

    private static bool IsDeclaredIn(SyntaxNode body, ISymbol? symbol) =>
        symbol is ILocalSymbol local && local.DeclaringSyntaxReferences.All(reference => body.Span.Contains(reference.Span));
}
