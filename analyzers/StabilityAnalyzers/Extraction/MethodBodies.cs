using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Extraction;

/// <summary>Finds the operations of members that the compilation declares. Members of other assemblies have none.</summary>
/// <param name="compilation">The compilation.</param>
/// <param name="cancellationToken">Ends the search.</param>
internal sealed class MethodBodies(Compilation compilation, CancellationToken cancellationToken)
{
    /// <summary>The body of a method, accessor, constructor or local function; null if there is none here.</summary>
    public IOperation? Of(IMethodSymbol method)
    {
        method = method.OriginalDefinition;
        method = method.PartialImplementationPart ?? method;
        foreach (var reference in method.DeclaringSyntaxReferences)
        {
            var syntax = reference.GetSyntax(cancellationToken);
            if (OperationOf(syntax) is { } operation)
            {
                return operation;
            }
        }

        return null;
    }

    /// <summary>The value that a field or property is initialised with; null if there is none here.</summary>
    public IOperation? InitializerOf(ISymbol member)
    {
        foreach (var reference in member.OriginalDefinition.DeclaringSyntaxReferences)
        {
            var clause = reference.GetSyntax(cancellationToken) switch
            {
                VariableDeclaratorSyntax variable => variable.Initializer,
                PropertyDeclarationSyntax property => property.Initializer,
                _ => null,
            };
            switch (clause is null ? null : OperationOf(clause))
            {
                case ISymbolInitializerOperation initializer:
                    return initializer.Value;
                case { } other:
                    return other;
            }
        }

        return null;
    }

    /// <summary>The operation of a syntax node of this compilation; null if it has none.</summary>
    public IOperation? OperationOf(SyntaxNode syntax)
    {
        if (!compilation.ContainsSyntaxTree(syntax.SyntaxTree))
        {
            return null;
        }

        // What one class does is spread over members and files, which no action of the host hands over together. The host
        // keeps one model per tree, and this asks for the same.
#pragma warning disable RS1030
        var model = compilation.GetSemanticModel(syntax.SyntaxTree);
#pragma warning restore RS1030
        return model.GetOperation(syntax, cancellationToken);
    }
}
