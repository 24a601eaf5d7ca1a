using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.CodeFixes.Models;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Rules.Initialization;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.CodeFixes.Initialization;

/// <summary>
/// Moves an initialisation behind <c>RegisterComponents()</c>, gives the weight the initialiser that a bias cannot take, or
/// removes a call that does nothing.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB2003MoveOrRemoveFix))]
[Shared]
public sealed class STAB2003MoveOrRemoveFix : ModelFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB2003UselessInitializer.Id);

    private protected override IEnumerable<ModelFix> Fixes(Diagnostic diagnostic, SemanticModel semantic, CancellationToken cancellation)
    {
        var root = semantic.SyntaxTree.GetRoot(cancellation);
        if (!root.FullSpan.Contains(diagnostic.Location.SourceSpan) || !diagnostic.Properties.TryGetValue(STAB2003UselessInitializer.Reason, out var reason)
            || root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call)
        {
            yield break;
        }

        if (reason == STAB2003UselessInitializer.Registration)
        {
            if (Moved(call, semantic, cancellation) is { } edits)
            {
                yield return new ModelFix("Move", "Move behind RegisterComponents(), where it takes effect" + Figure(diagnostic, edits, semantic, cancellation), edits);
            }

            yield break;
        }

        if (reason == STAB2003UselessInitializer.Dimensions)
        {
            if (OnWeight(call, semantic, cancellation) is { } edits)
            {
                yield return new ModelFix("Weight", "Initialise the weight instead of the bias" + Figure(diagnostic, edits, semantic, cancellation), edits);
            }
        }

        if (Removed(call) is { } removed)
        {
            yield return new ModelFix(
                "Remove",
                reason == STAB2003UselessInitializer.Dimensions ? "Remove the call that throws" : "Remove the call that has no effect",
                removed);
        }
    }

    // foreach (var m in modules()) ...; or apply(...); as a statement of the constructor that registers later.
    private static SourceEdits? Moved(InvocationExpressionSyntax call, SemanticModel semantic, CancellationToken cancellation)
    {
        if (call.FirstAncestorOrSelf<StatementSyntax>() is not { Parent: BlockSyntax { Parent: ConstructorDeclarationSyntax } block } own
            || own is not (ForEachStatementSyntax or ForEachVariableStatementSyntax or ExpressionStatementSyntax))
        {
            return null;
        }

        var at = block.Statements.IndexOf(own);
        foreach (var next in block.Statements.Skip(at + 1))
        {
            cancellation.ThrowIfCancellationRequested();
            if (next is ExpressionStatementSyntax { Expression: InvocationExpressionSyntax registration }
                && semantic.GetSymbolInfo(registration, cancellation).Symbol is IMethodSymbol { Name: "RegisterComponents" })
            {
                var edits = new SourceEdits(semantic.SyntaxTree);
                edits.Move(own, next);
                return edits;
            }
        }

        return null;
    }

    // init.xavier_uniform_(fc.bias): the weight, if nothing else initialises it here.
    private static SourceEdits? OnWeight(InvocationExpressionSyntax call, SemanticModel semantic, CancellationToken cancellation)
    {
        if (call.ArgumentList.Arguments.FirstOrDefault()?.Expression is not { } argument
            || argument.DescendantNodesAndSelf().OfType<MemberAccessExpressionSyntax>().FirstOrDefault() is not { Name.Identifier.ValueText: "bias" } bias
            || call.FirstAncestorOrSelf<BlockSyntax>() is not { } block
            || semantic.GetTypeInfo(bias.Expression, cancellation).Type is not { Name: var layer } || !(layer == "Linear" || layer.StartsWith("Conv", StringComparison.Ordinal))
            || !IsMatrixInitializer(call))
        {
            return null;
        }

        var weight = bias.Expression + ".weight";
        var isInitialized = block.DescendantNodes().OfType<InvocationExpressionSyntax>()
            .Any(other => other.ArgumentList.Arguments.FirstOrDefault()?.Expression.ToString() == weight);
        if (isInitialized)
        {
            return null;
        }

        var edits = new SourceEdits(semantic.SyntaxTree);
        edits.Replace(argument.Span, weight);
        return edits;
    }

    private static bool IsMatrixInitializer(InvocationExpressionSyntax call)
    {
        var name = call.Expression is MemberAccessExpressionSyntax access ? access.Name.Identifier.ValueText : call.Expression.ToString();
        return InitializerCatalog.ByName.TryGetValue(name, out var entry)
            && entry.Family is InitializerKind.Xavier or InitializerKind.Kaiming or InitializerKind.Orthogonal;
    }

    private static SourceEdits? Removed(InvocationExpressionSyntax call)
    {
        if (call.Parent is not ExpressionStatementSyntax { Parent: BlockSyntax block } statement
            || (block.Statements.Count == 1 && block.Parent is not BaseMethodDeclarationSyntax))
        {
            return null;
        }

        var edits = new SourceEdits(call.SyntaxTree);
        edits.Remove(statement);
        return edits;
    }

    // What it does to the first layer, where the model is understood.
    private static string Figure(Diagnostic diagnostic, SourceEdits edits, SemanticModel semantic, CancellationToken cancellation)
    {
        if (ModelSubject.Find(semantic, diagnostic.Location, cancellation) is not { } subject || subject.After(edits) is not [{ } changed, ..])
        {
            return "";
        }

        var before = SignalPropagation.Predict(subject.Models[0].Graph);
        return before.Layers.Count == 0 ? "" : GradientFigure.Of(before.Layers[0].Path, before, SignalPropagation.Predict(changed.Graph));
    }
}
