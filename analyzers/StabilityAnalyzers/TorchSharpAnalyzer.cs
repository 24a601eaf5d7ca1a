using Microsoft.CodeAnalysis.Diagnostics;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers;

/// <summary>
/// The base of every rule. It sets concurrency, leaves generated code alone, and registers nothing at all in a
/// compilation that does not refer to TorchSharp.
/// </summary>
/// <remarks>
/// There is no guard against exceptions here, on purpose: the host already isolates a failing analyzer (AD0001), and a
/// guard of our own would only turn a fault into a rule that is silently off. Rules take care not to throw: they
/// recurse over nothing whose depth comes from the source, spend a budget, and assume nothing about a semantic result;
/// the mid-edit test holds every one of them to it.
/// </remarks>
public abstract class TorchSharpAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public sealed override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (TorchSharpSymbols.TryGet(start.Compilation) is { } symbols)
            {
                Register(start, symbols);
            }
        });
    }

    /// <summary>Registers the actions of the rule for one compilation, which does refer to TorchSharp.</summary>
    /// <param name="context">What to register with.</param>
    /// <param name="symbols">The TorchSharp symbols of that compilation, to be captured by the actions.</param>
    private protected abstract void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols);
}
