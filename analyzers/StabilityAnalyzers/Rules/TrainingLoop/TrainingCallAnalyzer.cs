using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>
/// The base of the rules about the order of things in training code. Such a rule looks at one kind of call, and judges
/// it at each place to which the code comes; it reports a call that is wrong at one place and right at none.
/// </summary>
public abstract class TrainingCallAnalyzer : TorchSharpAnalyzer
{
    /// <summary>The property of a diagnostic that holds the optimizer, or model, as it is written at the place of the report.</summary>
    internal const string ReceiverProperty = "receiver";

    /// <inheritdoc/>
    public sealed override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ImmutableArray.Create(Rule);

    /// <summary>The only rule.</summary>
    private protected abstract DiagnosticDescriptor Rule { get; }

    /// <summary>The calls that the rule looks at.</summary>
    private protected abstract TrainingEventKind Kind { get; }

    /// <summary>Judges the call at one place.</summary>
    private protected abstract TrainingVerdict Judge(TrainingGraph graph, TrainingNode node, TrainingCode code, CancellationToken cancellation);

    /// <summary>Makes the diagnostic, once the call is known to be wrong.</summary>
    private protected virtual Diagnostic Describe(IInvocationOperation call, TrainingCode code, CancellationToken cancellation) =>
        Diagnostic.Create(Rule, call.Syntax.GetLocation());

    private protected sealed override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        var code = TrainingCode.Of(symbols);
        context.RegisterOperationAction(operation => Analyze(operation, code), OperationKind.Invocation);
    }

    private void Analyze(OperationAnalysisContext context, TrainingCode code)
    {
        var call = (IInvocationOperation)context.Operation;
        var cancellation = context.CancellationToken;
        if (code.Calls.KindOf(call, call.TargetMethod) == Kind
            && code.IsFaulty(call, (graph, node) => Judge(graph, node, code, cancellation), cancellation))
        {
            context.ReportDiagnostic(Describe(call, code, cancellation));
        }
    }
}
