using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Rules.Usage;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>From a list or array of modules to a <c>ModuleList</c>, which registers what it holds.</summary>
internal static class ModuleListChange
{
    /// <summary>
    /// The change, or null where it is not known to be the same for all but the registration. What is put into a module
    /// list after <c>RegisterComponents</c> is as lost as before.
    /// </summary>
    public static FieldChange? Of(
        IFieldSymbol field,
        VariableDeclaratorSyntax declarator,
        ImmutableArray<IFieldReferenceOperation> uses,
        SemanticModel model,
        CancellationToken cancellation)
    {
        if (declarator.Parent is not VariableDeclarationSyntax { Type: var type }
            || ElementOf(type) is not { } element
            || model.GetTypeInfo(element, cancellation).Type is not { TypeKind: TypeKind.Class })
        {
            return null;
        }

        var changes = ImmutableArray.CreateBuilder<(SyntaxNode, SyntaxNode)>();
        var list = ListOf(element, model);
        changes.Add((type, list));
        if (declarator.Initializer is { Value: var value } && !TryAdd(value))
        {
            return null;
        }

        foreach (var use in uses)
        {
            switch (use.Parent)
            {
                case ISimpleAssignmentOperation { Syntax: AssignmentExpressionSyntax assignment } operation when ReferenceEquals(operation.Target, use):
                    if (!IsBeforeRegistration(assignment) || !TryAdd(assignment.Right))
                    {
                        return null;
                    }

                    break;
                case IInvocationOperation { TargetMethod.Name: var method } call when ReferenceEquals(call.Instance, use):
                    if (method is not ("Add" or "Insert") || !IsBeforeRegistration(call.Syntax))
                    {
                        return null;
                    }

                    break;
                case IPropertyReferenceOperation { Property.Name: "Length", Syntax: MemberAccessExpressionSyntax access }:
                    changes.Add((access.Name, SyntaxFactory.IdentifierName("Count")));
                    break;
                case IArrayElementReferenceOperation { Parent: ISimpleAssignmentOperation element1 } at when ReferenceEquals(element1.Target, at):
                case IPropertyReferenceOperation { Property.IsIndexer: true, Parent: ISimpleAssignmentOperation element2 } index when ReferenceEquals(element2.Target, index):
                    return null;
            }
        }

        return new($"Make '{field.Name}' a ModuleList, which registers its layers", changes.ToImmutable());

        bool TryAdd(ExpressionSyntax made)
        {
            var name = list;
            ArgumentListSyntax? arguments = null;
            InitializerExpressionSyntax? initializer = null;
            switch (made)
            {
                case ImplicitObjectCreationExpressionSyntax { ArgumentList.Arguments.Count: 0 }:
                    return true;
                case ObjectCreationExpressionSyntax { ArgumentList: null or { Arguments.Count: 0 } } creation:
                    (name, arguments, initializer) = (list.WithTrailingTrivia(creation.Type.GetTrailingTrivia()), creation.ArgumentList, creation.Initializer);
                    break;
                case ArrayCreationExpressionSyntax { Initializer: { } elements }:
                    arguments = Arguments(elements.Expressions);
                    break;
                case ImplicitArrayCreationExpressionSyntax { Initializer: { } elements }:
                    arguments = Arguments(elements.Expressions);
                    break;
                case InitializerExpressionSyntax elements when elements.IsKind(SyntaxKind.ArrayInitializerExpression):
                    arguments = Arguments(elements.Expressions);
                    break;
                case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ToList" or "ToArray" } access } call:
                    arguments = Arguments([call.WithoutTrivia().WithExpression(access.WithName(SyntaxFactory.IdentifierName("ToArray")))]);
                    break;
                default:
                    return false;
            }

            changes.Add((made, SyntaxFactory.ObjectCreationExpression(
                SyntaxFactory.Token(SyntaxKind.NewKeyword).WithTrailingTrivia(SyntaxFactory.Space), name, arguments, initializer)));
            return true;
        }
    }

    private static ArgumentListSyntax Arguments(IEnumerable<ExpressionSyntax> elements)
    {
        var list = elements.Select(element => SyntaxFactory.Argument(element.WithoutTrivia())).ToList();
        var commas = Enumerable.Repeat(SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(SyntaxFactory.Space), Math.Max(0, list.Count - 1));
        return SyntaxFactory.ArgumentList(SyntaxFactory.SeparatedList(list, commas));
    }

    private static TypeSyntax? ElementOf(TypeSyntax type) => type switch
    {
        GenericNameSyntax { Identifier.ValueText: "List", TypeArgumentList.Arguments: [var element] } => element,
        QualifiedNameSyntax { Right: GenericNameSyntax { Identifier.ValueText: "List", TypeArgumentList.Arguments: [var element] } } => element,
        ArrayTypeSyntax { ElementType: var element, RankSpecifiers: [{ Rank: 1 }] } => element,
        _ => null,
    };

    private static TypeSyntax ListOf(TypeSyntax element, SemanticModel model)
    {
        var usual = SyntaxFactory.ParseTypeName($"ModuleList<{element.WithoutTrivia()}>");
        var bound = model.GetSpeculativeSymbolInfo(element.SpanStart, usual, SpeculativeBindingOption.BindAsTypeOrNamespace).Symbol;
        return bound?.ContainingNamespace.ToDisplayString() == "TorchSharp.Modules"
            ? usual
            : SyntaxFactory.ParseTypeName($"TorchSharp.Modules.ModuleList<{element.WithoutTrivia()}>");
    }

    // In a constructor, and above its RegisterComponents().
    private static bool IsBeforeRegistration(SyntaxNode node) =>
        node.FirstAncestorOrSelf<ConstructorDeclarationSyntax>() is { } constructor
        && ModuleRegistration.CallIn(constructor) is { } call
        && node.SpanStart < call.SpanStart;
}
