using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>Puts ReLU in the place of other activations: modules, functions and tensor methods.</summary>
internal static class ActivationEdits
{
    /// <summary>Replaces the activations at some nodes. False if that is not possible without touching something else.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="model">One of its graphs.</param>
    /// <param name="nodes">The activation nodes.</param>
    /// <param name="edits">Receives the changes.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static bool TryReplace(
        ModelSubject subject, ExtractedModel model, IReadOnlyList<int> nodes, SourceEdits edits, CancellationToken cancellation)
    {
        if (TorchSharpSymbols.TryGet(subject.Semantic.Compilation) is not { } symbols)
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

        return sources.All(source => TryReplace(subject, symbols, source, edits, cancellation));
    }

    private static SyntaxNode? SourceOf(ExtractedModel model, int node) => model.Sites[node] is { } site ? site.Origin?.Creation ?? site.Use : null;

    private static bool TryReplace(ModelSubject subject, TorchSharpSymbols symbols, SyntaxNode source, SourceEdits edits, CancellationToken cancellation)
    {
        var semantic = subject.Semantic;
        if (source is not InvocationExpressionSyntax call || call.SyntaxTree != semantic.SyntaxTree
            || semantic.GetSymbolInfo(call, cancellation).Symbol is not IMethodSymbol method)
        {
            return false;
        }

        var container = method.ContainingType;
        bool In(INamedTypeSymbol? type) => SymbolEqualityComparer.Default.Equals(container, type);
        if (In(symbols.NN))
        {
            edits.Replace(call, call.WithExpression(Renamed(call.Expression, "ReLU")).WithArgumentList(InPlaceOnly(call.ArgumentList)));
            ReplaceDeclaredType(semantic, symbols, call, method.ReturnType, edits, cancellation);
            return true;
        }

        var inPlace = method.Name[method.Name.Length - 1] == '_';
        if (In(symbols.Tensor))
        {
            edits.Replace(call, call.WithExpression(Renamed(call.Expression, inPlace ? "relu_" : "relu")).WithArgumentList(SyntaxFactory.ArgumentList()));
            return true;
        }

        if (call.ArgumentList.Arguments.FirstOrDefault() is not { } tensor || inPlace)
        {
            return false;
        }

        var arguments = SyntaxFactory.ArgumentList(SyntaxFactory.SingletonSeparatedList(tensor.WithNameColon(null)));
        var function = In(symbols.Functional)
            ? Renamed(call.Expression, "relu")
            : SyntaxFactory.ParseExpression(new NameBinding(semantic, call.SpanStart).Functional + ".relu");
        edits.Replace(call, call.WithExpression(function.WithTriviaFrom(call.Expression)).WithArgumentList(arguments));
        return true;
    }

    private static ExpressionSyntax Renamed(ExpressionSyntax function, string name)
    {
        var identifier = SyntaxFactory.IdentifierName(name);
        return function switch
        {
            MemberAccessExpressionSyntax access => access.WithName(identifier.WithTriviaFrom(access.Name)),
            MemberBindingExpressionSyntax binding => binding.WithName(identifier.WithTriviaFrom(binding.Name)),
            _ => identifier.WithTriviaFrom(function),
        };
    }

    private static ArgumentListSyntax InPlaceOnly(ArgumentListSyntax arguments) => arguments.WithArguments(
        SyntaxFactory.SeparatedList(arguments.Arguments.Where(argument =>
            argument.NameColon?.Name.Identifier.ValueText == "inplace"
            || (arguments.Arguments.Count == 1 && argument.Expression.IsKind(SyntaxKind.TrueLiteralExpression)))));

    // private readonly Sigmoid act = Sigmoid();
    private static void ReplaceDeclaredType(
        SemanticModel semantic, TorchSharpSymbols symbols, SyntaxNode call, ITypeSymbol layer, SourceEdits edits, CancellationToken cancellation)
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

        var name = SyntaxFactory.ParseTypeName(new NameBinding(semantic, declared.SpanStart).Layer("ReLU"));
        edits.Replace(declared, declared is NullableTypeSyntax ? SyntaxFactory.NullableType(name) : name);
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
