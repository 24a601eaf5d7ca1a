using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>Puts one activation in the place of others: modules, functions and tensor methods.</summary>
internal static class ActivationEdits
{
    /// <summary>Replaces the activations at some nodes. False if that is not possible without touching something else.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="model">One of its graphs.</param>
    /// <param name="nodes">The activation nodes.</param>
    /// <param name="by">The activation that takes their place.</param>
    /// <param name="edits">Receives the changes.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static bool TryReplace(
        ModelSubject subject, ExtractedModel model, IReadOnlyCollection<int> nodes, Activation by, SourceEdits edits, CancellationToken cancellation)
    {
        if (TorchSharpSymbols.TryGet(subject.Semantic.Compilation) is not { } symbols || ModuleNameOf(by) is not { } module)
        {
            return false;
        }

        var sources = new HashSet<SyntaxNode>();
        foreach (var node in nodes)
        {
            if (SourceOf(model, node) is not { } source)
            {
                return false;
            }

            sources.Add(source);
        }

        // One Sigmoid() may be used in several places; if one of them is to stay, so must all.
        for (var id = 0; id < model.Graph.Nodes.Count; id++)
        {
            if (SourceOf(model, id) is { } source && sources.Contains(source) && !nodes.Contains(id))
            {
                return false;
            }
        }

        return sources.All(source => subject.Owns(source) && TryReplace(subject, symbols, source, module, by.Name, edits, cancellation));
    }

    /// <summary>The class of the module for an activation without parameters; null if there is none.</summary>
    /// <param name="activation">The activation.</param>
    public static string? ModuleNameOf(Activation activation) =>
        ActivationCatalog.ByFunction.TryGetValue(activation.Name, out var entry) && entry.Parameters.Count == 0 ? entry.Name : null;

    private static SyntaxNode? SourceOf(ExtractedModel model, int node) => model.Sites[node] is { } site ? site.Origin?.Creation ?? site.Use : null;

    private static bool TryReplace(
        ModelSubject subject, TorchSharpSymbols symbols, SyntaxNode source, string module, string function, SourceEdits edits, CancellationToken cancellation)
    {
        var semantic = subject.Semantic;
        if (source is not InvocationExpressionSyntax call || semantic.GetSymbolInfo(call, cancellation).Symbol is not IMethodSymbol method)
        {
            return false;
        }

        var container = method.ContainingType;
        bool In(INamedTypeSymbol? type) => SymbolEqualityComparer.Default.Equals(container, type);
        if (In(symbols.NN))
        {
            edits.Replace(NameOf(call.Expression).Span, module);
            edits.Replace(call.ArgumentList.Span, module is "ReLU" or "SELU" ? InPlaceOnly(call.ArgumentList) : "()");
            ReplaceDeclaredType(semantic, symbols, call, method.ReturnType, module, edits, cancellation);
            return true;
        }

        var inPlace = method.Name[method.Name.Length - 1] == '_';
        if (In(symbols.Tensor))
        {
            var name = inPlace ? function + "_" : function;
            if (!symbols.Tensor!.GetMembers(name).OfType<IMethodSymbol>().Any(candidate => candidate.Parameters.All(parameter => parameter.IsOptional)))
            {
                return false;
            }

            edits.Replace(NameOf(call.Expression).Span, name);
            edits.Replace(call.ArgumentList.Span, "()");
            return true;
        }

        if (call.ArgumentList.Arguments is not [{ } tensor, ..] arguments || inPlace)
        {
            return false;
        }

        // Only functional has them all.
        edits.Replace(call.Expression.Span, In(symbols.Functional) && call.Expression is MemberAccessExpressionSyntax access
            ? access.Expression + "." + function
            : new NameBinding(semantic, call.SpanStart).Functional + "." + function);
        if (arguments.Count > 1)
        {
            edits.Replace(TextSpan.FromBounds(tensor.Span.End, call.ArgumentList.CloseParenToken.SpanStart), "");
        }

        return true;
    }

    private static SyntaxNode NameOf(ExpressionSyntax function) => function switch
    {
        MemberAccessExpressionSyntax access => access.Name,
        MemberBindingExpressionSyntax binding => binding.Name,
        _ => function,
    };

    private static string InPlaceOnly(ArgumentListSyntax arguments) =>
        "(" + string.Join(", ", arguments.Arguments.Where(argument =>
            argument.NameColon?.Name.Identifier.ValueText == "inplace"
            || (arguments.Arguments.Count == 1 && argument.Expression.IsKind(SyntaxKind.TrueLiteralExpression)))) + ")";

    // private readonly Sigmoid act = Sigmoid();
    private static void ReplaceDeclaredType(
        SemanticModel semantic, TorchSharpSymbols symbols, SyntaxNode call, ITypeSymbol layer, string module, SourceEdits edits, CancellationToken cancellation)
    {
        var declared = call.Parent switch
        {
            EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax variable } } => variable.Type,
            EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax property } => property.Type,
            AssignmentExpressionSyntax assignment => TypeSyntaxOf(semantic.GetSymbolInfo(assignment.Left, cancellation).Symbol, call.SyntaxTree, cancellation),
            _ => null,
        };
        if (declared is null || declared.IsVar || !SymbolEqualityComparer.Default.Equals(semantic.GetTypeInfo(declared, cancellation).Type, layer))
        {
            return;
        }

        var name = new NameBinding(semantic, declared.SpanStart).Layer(module);
        edits.Replace(declared.Span, declared is NullableTypeSyntax ? name + "?" : name);
    }

    private static TypeSyntax? TypeSyntaxOf(ISymbol? member, SyntaxTree tree, CancellationToken cancellation) =>
        member?.DeclaringSyntaxReferences.FirstOrDefault() is { } reference && reference.SyntaxTree == tree
            ? reference.GetSyntax(cancellation) switch
            {
                VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax variable } => variable.Type,
                PropertyDeclarationSyntax property => property.Type,
                _ => null,
            }
            : null;
}
