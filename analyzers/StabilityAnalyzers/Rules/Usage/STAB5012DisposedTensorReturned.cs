using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>STAB5012: a method returns a tensor that a <c>using</c> of its own disposes of on the way out.</summary>
/// <remarks>
/// Two shapes: the tensor is itself the <c>using</c> variable, or it was made inside a dispose scope that ends with the
/// method and nothing moves it out. A view or alias of a disposed tensor is another tensor, and fine.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5012DisposedTensorReturned : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5012";

    /// <summary>The property of the diagnostic that says that a dispose scope does it, rather than a <c>using</c> of the tensor.</summary>
    internal const string ScopeProperty = "scope";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "A tensor is returned that is disposed of already",
        "'{0}' is disposed of before the caller gets it, by {1}",
        RuleCategory.Usage,
        DiagnosticSeverity.Warning,
        "A using variable is disposed of when the method returns, and a dispose scope takes with it every tensor that was made inside and not moved out. The caller gets a tensor without content, and the first use of it throws.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols) =>
        context.RegisterOperationAction(
            operation => Analyze(operation, (IReturnOperation)operation.Operation, symbols), OperationKind.Return);

    private static void Analyze(OperationAnalysisContext context, IReturnOperation statement, TorchSharpSymbols symbols)
    {
        foreach (var value in Elements(statement.ReturnedValue))
        {
            if (!symbols.IsTensor(value.Type))
            {
                continue;
            }

            if (SameTensor(value, symbols) is ILocalReferenceOperation { Local: { IsUsing: true } local }
                && IsOfSameBody(local, statement, context.CancellationToken))
            {
                Report(value, $"the using of '{local.Name}'", isScope: false);
            }
            else if (DisposeScopes.Around(statement, symbols, context.CancellationToken) is { } scope
                && scope.Disposes(value, context.CancellationToken))
            {
                Report(value, "the dispose scope of this method", isScope: true);
            }
        }

        void Report(IOperation value, string by, bool isScope) => context.ReportDiagnostic(Diagnostic.Create(
            s_rule,
            value.Syntax.GetLocation(),
            isScope ? ImmutableDictionary<string, string?>.Empty.Add(ScopeProperty, "") : null,
            value.Syntax.ToString(),
            by));
    }

    // return t; return (t, u);
    private static IEnumerable<IOperation> Elements(IOperation? returned) => returned.Unwrap() switch
    {
        null => [],
        ITupleOperation tuple => tuple.Elements.Select(element => element.Unwrap()).OfType<IOperation>(),
        var one => [one],
    };

    // t, t.MoveToOuterDisposeScope(), t.add_(1): all the same object.
    private static IOperation SameTensor(IOperation value, TorchSharpSymbols symbols)
    {
        var current = value;
        while (current is IInvocationOperation { Instance: { } instance, TargetMethod: var method }
            && SymbolEqualityComparer.Default.Equals(method.ContainingType, symbols.Tensor)
            && (method.Name is "MoveToOuterDisposeScope" or "DetachFromDisposeScope" || (method.Name.EndsWith("_", StringComparison.Ordinal) && method.Name != "detach_"))
            && instance.Unwrap() is { } inner)
        {
            current = inner;
        }

        return current;
    }

    private static bool IsOfSameBody(ILocalSymbol local, IOperation statement, CancellationToken cancellation) =>
        SymbolEqualityComparer.Default.Equals(
            local.ContainingSymbol,
            statement.SemanticModel?.GetEnclosingSymbol(statement.Syntax.SpanStart, cancellation));
}
