using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>STAB3006: an optimizer is made, then the model gets other parameters, and then this optimizer steps.</summary>
/// <remarks>
/// Reported only when the parameters are replaced for certain: by another data type or a device that is not the CPU, in a
/// layer that TorchSharp moves by replacing its parameters, or by an assignment to one.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB3006OptimizerBeforeReplacement : TrainingCallAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB3006";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "An optimizer is made before the parameters of its model are replaced",
        "'{0}' gives the model other parameters after the optimizer was made: step will throw a KeyNotFoundException",
        RuleCategory.TrainingLoop,
        DiagnosticSeverity.Warning,
        "Most layers are moved to another device or data type by replacing their parameters, and the optimizer does not know the new ones: step throws. The optimizer has to be made afterwards.");

    private protected override DiagnosticDescriptor Rule => s_rule;

    private protected override TrainingEventKind Kind => TrainingEventKind.Create;

    private protected override TrainingVerdict Judge(
        TrainingGraph graph, TrainingNode node, TrainingCode code, CancellationToken cancellation) =>
        ReplacementAfter(graph, node, code, cancellation) is not null ? TrainingVerdict.Faulty : TrainingVerdict.Sound;

    private protected override Diagnostic Describe(IInvocationOperation call, TrainingCode code, CancellationToken cancellation)
    {
        var replacement = code.PlacesOf(call, cancellation)
            .Select(place => ReplacementAfter(place.Graph, place.Node, code, cancellation)?.Operation?.Syntax).FirstOrDefault(syntax => syntax is not null);
        return Diagnostic.Create(
            s_rule, call.Syntax.GetLocation(), replacement is null ? [] : [replacement.GetLocation()], replacement?.ToString());
    }

    private static TrainingNode? ReplacementAfter(TrainingGraph graph, TrainingNode create, TrainingCode code, CancellationToken cancellation)
    {
        if (!code.Symbols.IsOptimizer(create.Operation?.Type)
            || new TrainedModels(code.Symbols, code.Origins, cancellation).Of(create.Operation) is not { IsDefaultOrEmpty: false } parameters)
        {
            return null;
        }

        // What was moved before the optimizer was made may be where it belongs already; a constructor moves what it makes.
        var models = parameters.Select(call => code.SubjectOf(call.Instance, cancellation)).ToList();
        bool Concerns(TrainingNode node) => node.Kind == TrainingEventKind.Replace
            && models.Contains(ParameterReplacement.ModelOf(node, code, cancellation), SymbolEqualityComparer.Default);
        if (graph.Reach(create, before: true, node => node == create)
            .Any(node => Concerns(node) || node is { Kind: TrainingEventKind.Replace, Subject: null or ITypeSymbol }))
        {
            return null;
        }

        var after = graph.Reach(create, before: false, node => node == create || node.Kind == TrainingEventKind.Opaque);
        return after.FirstOrDefault(node => Concerns(node)
            && ParameterReplacement.IsCertain(node, code, cancellation)
            && graph.Reach(node, before: false, next => next == create || next.Kind == TrainingEventKind.Opaque).Any(IsItsStep));

        bool IsItsStep(TrainingNode node) => node.Kind == TrainingEventKind.Step
            && code.Origins.Of(TrainingCalls.ReceiverOf(node.Operation), cancellation) is [var made]
            && made.Syntax == create.Operation?.Syntax;
    }
}
