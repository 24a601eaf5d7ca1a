using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>Writes initial weights and biases of a recurrent layer, which TorchSharp reaches by their names alone.</summary>
internal static class RecurrentEdits
{
    /// <summary>Adds the writes at the end of the constructors. False if the layer is no field, or is not made in the class.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="model">One of its graphs.</param>
    /// <param name="node">Node of the layer.</param>
    /// <param name="kind">What is written.</param>
    /// <param name="edits">Receives the changes.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static bool TryWrite(
        ModelSubject subject, ExtractedModel model, int node, RecurrentRemedyKind kind, SourceEdits edits, CancellationToken cancellation)
    {
        if (subject.Type is not { } type || model.Graph.Nodes[node] is not { Path: { } path } layer
            || type.GetMembers(path).FirstOrDefault() is not (IFieldSymbol or IPropertySymbol)
            || SignalPlaces.CreationOf(subject, model, node) is not { } creation
            || SignalPlaces.ArgumentOf(creation, "hiddenSize", subject.Semantic, cancellation) is not { } hidden
            || InitializerEdits.Constructors(subject) is not { Count: > 0 } constructors)
        {
            return false;
        }

        foreach (var constructor in constructors)
        {
            var position = InitializerEdits.EndOf(constructor);
            var names = new NameBinding(subject.Semantic, position);
            var isNullable = (subject.Semantic.GetNullableContext(position) & NullableContext.WarningsEnabled) != 0;
            var parameters = Parameters(layer.Operation, kind == RecurrentRemedyKind.ForgetBias ? "bias_ih" : "weight_hh")
                .Select(name => $"{path}.get_parameter(\"{name}\")" + (isNullable ? "!" : ""));
            edits.Append(constructor, kind switch
            {
                // The gates stand in the order input, forget, cell, output.
                RecurrentRemedyKind.ForgetBias =>
                    [$"using ({names.NoGrad}())", "{", .. parameters.Select(bias => $"    {bias}.narrow(0, {hidden}, {hidden}).fill_(1);"), "}"],
                RecurrentRemedyKind.Identity => parameters.Select(weight => $"{names.Init}.eye_({weight});"),
                _ => parameters.Select(weight => $"{names.Init}.orthogonal_({weight});"),
            });
        }

        return true;
    }

    private static IEnumerable<string> Parameters(Operation operation, string kind) => operation is not RecurrentOperation layer ? [kind]
        : Enumerable.Range(0, (int)layer.Layers).SelectMany(
            _ => layer.IsBidirectional ? new[] { "", "_reverse" } : [""], (number, direction) => $"{kind}_l{number}{direction}");
}
