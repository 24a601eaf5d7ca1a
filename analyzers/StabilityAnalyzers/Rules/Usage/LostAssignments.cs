using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>A layer or parameter that comes into a field too late to be registered.</summary>
/// <param name="Syntax">The assignment, or the call that adds it to a list in the field.</param>
/// <param name="Field">The field or property.</param>
/// <param name="IsAdded">True for a call that adds it.</param>
internal sealed record LostAssignment(ExpressionSyntax Syntax, ISymbol Field, bool IsAdded);

/// <summary>Finds what a constructor puts into the fields of its instance behind a certain place.</summary>
internal static class LostAssignments
{
    /// <summary>The assignments of something new that has parameters, in the order of the source.</summary>
    /// <param name="constructor">The constructor.</param>
    /// <param name="from">Where to begin, as a position in the document.</param>
    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="content">What has parameters.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static ImmutableArray<LostAssignment> In(
        ConstructorDeclarationSyntax constructor,
        int from,
        TorchSharpSymbols symbols,
        ParameterContent content,
        CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<LostAssignment>();
        var source = SourceIndex.Of(symbols.Compilation);
        SyntaxNode? body = constructor.Body;
        foreach (var node in (body ?? constructor.ExpressionBody)?.DescendantNodes(RunsInPlace) ?? [])
        {
            if (node.SpanStart < from)
            {
                continue;
            }

            switch (node)
            {
                // layer = Linear(2, 2)
                case AssignmentExpressionSyntax assignment
                    when source.Operation(assignment, cancellation) is ISimpleAssignmentOperation operation
                        && OwnField(operation.Target) is { } field
                        && (content.IsMadeBy(operation.Value) || ParameterContent.IsNewParameter(operation.Value, symbols)):
                    found.Add(new(assignment, field, IsAdded: false));
                    break;

                // layers.Add(Linear(2, 2)), where layers is a ModuleList
                case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Add" or "append" or "Insert" } } call
                    when source.Operation(call, cancellation) is IInvocationOperation { Instance: { } list } operation
                        && OwnField(list.Unwrap()) is { } field
                        && (TorchSharpSymbols.Derives(list.Type, symbols.ModuleList) || TorchSharpSymbols.Derives(list.Type, symbols.ModuleDict))
                        && operation.Arguments.Any(argument => content.IsMadeBy(argument.Value) || CollectionElements.Of(argument.Value).Any(content.IsMadeBy)):
                    found.Add(new(call, field, IsAdded: true));
                    break;
            }
        }

        return found.ToImmutable();
    }

    private static bool RunsInPlace(SyntaxNode node) => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax);

    private static ISymbol? OwnField(IOperation? target) => target switch
    {
        IFieldReferenceOperation { Field.IsStatic: false, Instance: IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance } } field
            => field.Field,
        IPropertyReferenceOperation { Property: { IsStatic: false, IsIndexer: false }, Instance: IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance } } property
            when IsAutomatic(property.Property) => property.Property,
        _ => null,
    };

    private static bool IsAutomatic(IPropertySymbol property) => property.ContainingType.GetMembers().OfType<IFieldSymbol>()
        .Any(field => SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property));
}
