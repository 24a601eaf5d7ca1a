using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>Finds out how to write, at one place, an optimizer or model that is used at another.</summary>
internal static class NameInScope
{
    /// <summary>The expression, when it is a name that means the same, and has a value, at the other place; else null.</summary>
    /// <param name="value">The expression, as it is used.</param>
    /// <param name="place">Where it is to be written.</param>
    /// <param name="code">What is known of the compilation.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static string? Of(IOperation? value, IOperation place, TrainingCode code, CancellationToken cancellation)
    {
        if (value.Unwrap() is not { } named
            || named is IMemberReferenceOperation { Instance: not (null or IInstanceReferenceOperation) }
            || named.ReferredSymbol() is not { } symbol
            || place.SemanticModel is not { } model)
        {
            return null;
        }

        var position = place.Syntax.SpanStart;
        if (SymbolEqualityComparer.Default.Equals(Visible(model, position, symbol.Name), symbol)
            && ClippingReceiver.IsUsable(symbol, model, position, cancellation))
        {
            return named.Syntax.ToString();
        }

        // Known under another name: a parameter, a field.
        var subject = code.SubjectOf(value, cancellation);
        foreach (var candidate in model.LookupSymbols(position))
        {
            if (ClippingReceiver.TypeOf(candidate) is { } type
                && (code.Symbols.IsOptimizer(type) || code.Symbols.IsModule(type))
                && ClippingReceiver.IsUsable(candidate, model, position, cancellation)
                && SymbolEqualityComparer.Default.Equals(code.SubjectOf(candidate, cancellation), subject))
            {
                return candidate.Name;
            }
        }

        return null;
    }

    private static ISymbol? Visible(SemanticModel model, int position, string name)
    {
        var found = model.LookupSymbols(position, name: name);
        return found.Length == 1 ? found[0] : null;
    }
}
