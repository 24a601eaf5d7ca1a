using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>The base of the rules that compare what a model gives with what its loss takes.</summary>
public abstract class LossInputAnalyzer : TorchSharpAnalyzer
{
    private protected sealed override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        var forms = new OutputForms(symbols);
        var modules = new ModuleOrigins(symbols);
        var more = More(symbols, modules);
        context.RegisterOperationAction(
            operation =>
            {
                var call = (IInvocationOperation)operation.Operation;
                more?.Invoke(operation, call);
                if (LossCall.Of(call, symbols, modules, operation.CancellationToken) is { } loss
                    && Concerns(loss.Kind)
                    && forms.Of(loss.Input, operation.CancellationToken) is { } input
                    && Judge(call, loss, input, () => forms.Of(loss.Target, operation.CancellationToken)?.Form) is { } diagnostic)
                {
                    operation.ReportDiagnostic(diagnostic);
                }
            },
            OperationKind.Invocation);
    }

    /// <summary>What else the rule does with each call; null for nothing.</summary>
    private protected virtual Action<OperationAnalysisContext, IInvocationOperation>? More(TorchSharpSymbols symbols, ModuleOrigins modules) => null;

    /// <summary>True for the losses that the rule is about.</summary>
    private protected abstract bool Concerns(LossKind kind);

    /// <summary>What the rule says of a loss whose input has that form; null for nothing.</summary>
    /// <param name="call">The call of the loss.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="input">What it is given.</param>
    /// <param name="target">Asks for the form of its target.</param>
    private protected abstract Diagnostic? Judge(IInvocationOperation call, LossCall loss, Output input, Func<OutputForm?> target);

    /// <summary>Reports on the input of the loss, with what gave it its form as the additional locations.</summary>
    private protected static Diagnostic Report(DiagnosticDescriptor rule, DiagnosticSeverity severity, LossCall loss, Output input, string message) =>
        Diagnostic.Create(
            rule, loss.Input.Syntax.GetLocation(), severity, input.LocationsFrom(loss.Input.Syntax.SyntaxTree), properties: null, message);
}
