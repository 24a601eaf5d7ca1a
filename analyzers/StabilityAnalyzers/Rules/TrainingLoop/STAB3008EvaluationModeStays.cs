using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>STAB3008: a model is put into evaluation mode, and is trained afterwards, without <c>train()</c> on any way.</summary>
/// <remarks>
/// The model is the one whose parameters step, as a whole, and holds a layer to which the mode matters. A <c>train()</c>
/// of anything, or something that cannot be seen, on any path after the <c>eval()</c> makes the rule silent.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB3008EvaluationModeStays : TrainingCallAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB3008";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "A model is trained in evaluation mode",
        "Training goes on in evaluation mode: nothing calls train() after this eval(), and the {0} of the model stays off",
        RuleCategory.TrainingLoop,
        DiagnosticSeverity.Warning,
        "After eval() dropout passes everything and batch normalisation uses its running statistics, until train() is called. A training that goes on without it is another training than the one that was meant.");

    private protected override DiagnosticDescriptor Rule => s_rule;

    private protected override TrainingEventKind Kind => TrainingEventKind.Eval;

    private protected override TrainingVerdict Judge(
        TrainingGraph graph, TrainingNode node, TrainingCode code, CancellationToken cancellation)
    {
        static bool Ends(TrainingNode other) => other.Kind is TrainingEventKind.Train or TrainingEventKind.Opaque;
        if (node.Subject is null || graph.Nearest(node, before: false, Ends).Any(other => other is not null))
        {
            return TrainingVerdict.Sound;
        }

        var after = graph.Reach(node, before: false);
        var isTrained = after.Any(other => other.Kind == TrainingEventKind.Step
            && graph.Reach(other, before: true).Any(earlier => earlier.Kind == TrainingEventKind.Backward && after.Contains(earlier))
            && code.ModelsOf(TrainingCalls.ReceiverOf(other.Operation), cancellation) is { IsDefaultOrEmpty: false } models
            && models.Contains(node.Subject, SymbolEqualityComparer.Default));
        return !isTrained ? TrainingVerdict.Open
            : LayerOf(node.Operation, code, cancellation) is null ? TrainingVerdict.Sound
            : TrainingVerdict.Faulty;
    }

    // With the backward calls that come afterwards in the same body.
    private protected override Diagnostic Describe(IInvocationOperation call, TrainingCode code, CancellationToken cancellation)
    {
        var body = call.Enclosing().Body.Syntax;
        var next = code.PlacesOf(call, cancellation)
            .SelectMany(place => place.Graph.Reach(place.Node, before: false))
            .Where(node => node.Kind == TrainingEventKind.Backward && node.Operation?.Enclosing().Body.Syntax == body)
            .Select(node => node.Operation!.Syntax).Distinct().OrderBy(syntax => syntax.SpanStart)
            .Select(syntax => syntax.GetLocation());
        return Diagnostic.Create(
            s_rule,
            call.Syntax.GetLocation(),
            next,
            ImmutableDictionary<string, string?>.Empty.Add(ReceiverProperty, NameInScope.Of(TrainingCalls.ReceiverOf(call), call, code, cancellation)),
            LayerOf(call, code, cancellation)?.Layer.Name);
    }

    private static ContainedLayer? LayerOf(IOperation? eval, TrainingCode code, CancellationToken cancellation) =>
        TrainingCalls.ReceiverOf(eval) is { } model
            ? new LayerContent(code.Symbols, code.Origins, MindsTheMode, cancellation).Of(model)
            : null;

    private static bool MindsTheMode(LayerEntry layer) =>
        layer.Family == LayerFamily.Dropout || layer.Name.StartsWith("BatchNorm", StringComparison.Ordinal);
}
