using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>
/// STAB3001: a loop trains a recurrent layer, and its gradient goes from <c>backward</c> to <c>step</c> as it is.
/// </summary>
/// <remarks>
/// A report needs all of: an optimizer whose models are known, one of them recurrent, a loop, and a way from
/// <c>backward</c> to <c>step</c> of which every call is seen. Whatever is missing makes the rule silent.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB3001RecurrentLoopWithoutClipping : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB3001";

    /// <summary>The property of the diagnostic that says whose <c>parameters()</c> are to be clipped.</summary>
    internal const string ReceiverProperty = "receiver";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "A recurrent network is trained without gradient clipping",
        "The loop trains '{0}' without clipping its gradient between backward and step: {1} multiplies the gradient by the same weights at each time step, so that it can explode",
        RuleCategory.TrainingLoop,
        DiagnosticSeverity.Warning,
        "A recurrent layer multiplies the gradient by the same weights once per time step, so that now and then it grows by orders of magnitude, and one such step destroys what was learnt. Clipping the gradient between backward and step bounds that step.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        var code = TrainingCode.Of(symbols);
        context.RegisterOperationAction(
            operation => Analyze(operation, (IInvocationOperation)operation.Operation, code),
            OperationKind.Invocation);
    }

    private static void Analyze(OperationAnalysisContext context, IInvocationOperation step, TrainingCode code)
    {
        // A closure is run by step itself, as often as it likes; what happens in between is not for this rule.
        var cancellation = context.CancellationToken;
        if (step.TargetMethod.Name != "step"
            || !TrainingCalls.IsStep(step.TargetMethod, code.Symbols)
            || step.Arguments.Any(argument => argument.ArgumentKind != ArgumentKind.DefaultValue)
            || !RecurrentCatalog.Entries.Any(entry => code.Source.Mentions(entry.Name, cancellation)))
        {
            return;
        }

        var models = new TrainedModels(code.Symbols, code.Origins, cancellation);
        var parameters = models.Of(step.Instance);
        if (parameters.IsDefaultOrEmpty
            || AnyFrozen(step, parameters, cancellation)
            || !code.IsFaulty(step, (graph, node) => UnclippedPath.Judge(graph, node, clip => models.Concerns(clip, parameters)), cancellation))
        {
            return;
        }

        var content = new LayerContent(code.Symbols, code.Origins, RecurrentCatalog.IsRecurrent, cancellation);
        foreach (var call in parameters)
        {
            if (call.Instance.Unwrap() is { } model && content.Of(model) is { } recurrent)
            {
                var receiver = ClippingReceiver.Find(step, parameters, code.Symbols, code.Origins, cancellation);
                context.ReportDiagnostic(Diagnostic.Create(
                    s_rule,
                    step.Syntax.GetLocation(),
                    ImmutableDictionary<string, string?>.Empty.Add(ReceiverProperty, receiver),
                    NameOf(model),
                    NameOf(recurrent)));
                return;
            }
        }
    }

    private static bool AnyFrozen(
        IInvocationOperation step, ImmutableArray<IInvocationOperation> parameters, CancellationToken cancellation) =>
        parameters.Select(call => call.Syntax.SyntaxTree).Append(step.Syntax.SyntaxTree).Distinct()
            .Any(tree => TreeIndex.Of(tree, cancellation) is var index && (index.Mentions("requires_grad") || index.Mentions("requires_grad_"))
                && GradientSwitch.Freezes(tree.GetRoot(cancellation)));

    private static string NameOf(IOperation model) => model.ReferredSymbol()?.Name ?? model.Type?.Name ?? "the model";

    private static string NameOf(ContainedLayer recurrent) =>
        recurrent.Name is { } field ? $"its {recurrent.Layer.Name} '{field}'" : $"a {recurrent.Layer.Name}";
}
