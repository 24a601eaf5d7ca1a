using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>Finds out how to write, right before a step, whose parameters are to be clipped.</summary>
internal static class ClippingReceiver
{
    /// <summary>
    /// An expression that has a method <c>parameters()</c>: the model where there is one only and it can be named at
    /// the step, otherwise the optimizer, which holds the parameters of all its models. Empty for the members of
    /// <c>this</c>; null when neither can be written.
    /// </summary>
    public static string? Find(
        IInvocationOperation step,
        ImmutableArray<IInvocationOperation> parameters,
        TorchSharpSymbols symbols,
        ValueOrigins origins,
        CancellationToken cancellation)
    {
        if (step.SemanticModel is not { } model)
        {
            return null;
        }

        var position = step.Syntax.SpanStart;
        if (parameters.Length == 1 && parameters[0].Instance.Unwrap() is { } trained)
        {
            if (trained is IInstanceReferenceOperation)
            {
                if (MemberAround(model, position, cancellation) is { IsStatic: false } member
                    && SymbolEqualityComparer.Default.Equals(member.ContainingType, trained.Type))
                {
                    return "";
                }
            }
            else if (trained.ReferredSymbol() is { } symbol && IsPlain(trained))
            {
                var aliases = origins.AliasesOf(symbol, cancellation);
                foreach (var candidate in model.LookupSymbols(position))
                {
                    if (TypeOf(candidate) is { } type
                        && symbols.IsModule(type)
                        && IsUsable(candidate, model, position, cancellation)
                        && origins.AliasesOf(candidate, cancellation).Intersect(aliases, SymbolEqualityComparer.Default).Any())
                    {
                        return candidate.Name;
                    }
                }
            }
        }

        return step.Instance is { } optimizer && step.Syntax.Parent is not null && IsPlain(optimizer)
            ? optimizer.Syntax.ToString()
            : null;
    }

    internal static bool IsUsable(ISymbol candidate, SemanticModel model, int position, CancellationToken cancellation)
    {
        if (candidate is not (ILocalSymbol or IParameterSymbol))
        {
            return candidate.IsStatic || MemberAround(model, position, cancellation) is { IsStatic: false };
        }

        // A local that is declared further down is in scope, but has no value yet.
        if (candidate is ILocalSymbol && !candidate.DeclaringSyntaxReferences.All(reference => reference.Span.End <= position))
        {
            return false;
        }

        // A static local function or lambda captures nothing from around it.
        for (var s = model.GetEnclosingSymbol(position, cancellation); s is IMethodSymbol function; s = s.ContainingSymbol)
        {
            if (SymbolEqualityComparer.Default.Equals(candidate.ContainingSymbol, function))
            {
                return true;
            }

            if (function is { IsStatic: true, MethodKind: MethodKind.LocalFunction or MethodKind.AnonymousFunction })
            {
                return false;
            }
        }

        return true;
    }

    // The method, constructor or accessor, whatever local functions and lambdas are in between.
    private static ISymbol? MemberAround(SemanticModel model, int position, CancellationToken cancellation)
    {
        var symbol = model.GetEnclosingSymbol(position, cancellation);
        while (symbol?.ContainingSymbol is IMethodSymbol outer)
        {
            symbol = outer;
        }

        return symbol;
    }

    internal static ITypeSymbol? TypeOf(ISymbol symbol) => symbol switch
    {
        ILocalSymbol local => local.Type,
        IParameterSymbol parameter => parameter.Type,
        IFieldSymbol field => field.Type,
        IPropertySymbol { IsIndexer: false } property => property.Type,
        _ => null,
    };

    // A name or a member of this: nothing that would be evaluated twice.
    private static bool IsPlain(IOperation operation) => operation switch
    {
        ILocalReferenceOperation or IParameterReferenceOperation => true,
        IMemberReferenceOperation member => member.Instance is null or IInstanceReferenceOperation,
        _ => false,
    };
}
