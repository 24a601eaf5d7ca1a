using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>
/// Puts a norm or a ReLU between a layer and what reads it: as one more element of a container, or around
/// the tensor in a forward method.
/// </summary>
internal static class InsertionEdits
{
    private enum Form
    {
        None,

        // Sequential(..., norm, act, ...), list.Add(norm); before the element of the reader.
        Element,

        // act(norm.call(x)), with a field for the norm.
        Call,

        // Sequential(Linear(...), LayerNorm(...)) in the place of an element Linear(...).
        Pair,
    }

    /// <summary>Whether a norm can be put between a layer and what reads it.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="model">One of its graphs.</param>
    /// <param name="layer">Node of the layer.</param>
    /// <param name="reader">Node of what reads it.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static bool CanNormalize(ModelSubject subject, ExtractedModel model, int layer, int reader, CancellationToken cancellation) =>
        FormOf(subject, model, layer, reader, cancellation) != Form.None
        && SignalPlaces.CreationOf(subject, model, layer) is { } creation
        && SignalPlaces.WidthOf(creation, subject.Semantic, cancellation) is not null;

    /// <summary>Puts norms between layers and what reads them. False if that cannot be done everywhere.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="model">One of its graphs.</param>
    /// <param name="places">Nodes of the layers and of what reads them, and the norms.</param>
    /// <param name="edits">Receives the changes.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static bool TryNormalize(
        ModelSubject subject, ExtractedModel model, IEnumerable<(int Layer, int Reader, NormalizationOperation Norm)> places, SourceEdits edits, CancellationToken cancellation)
    {
        var fields = new LayerFields(subject);
        var done = new Dictionary<SyntaxNode, SyntaxNode>();
        foreach (var (layer, reader, operation) in places)
        {
            if (SignalPlaces.CreationOf(subject, model, layer) is not { } creation
                || NormSyntax.Of(operation, creation, subject.Semantic, cancellation) is not { } norm)
            {
                return false;
            }

            var form = FormOf(subject, model, layer, reader, cancellation);
            var at = form switch
            {
                Form.Element => SignalPlaces.CreationOf(subject, model, reader),
                Form.Call => SignalPlaces.InputOf(subject, model, reader, cancellation),
                Form.Pair => creation,
                _ => (SyntaxNode?)null,
            };
            if (at is null || (done.TryGetValue(at, out var known) && known != creation))
            {
                return false;
            }

            if (known is not null)
            {
                continue;
            }

            done[at] = creation;
            switch (form)
            {
                case Form.Element when ContainerElement.Of(at, subject.Semantic, cancellation) is { } element:
                    element.InsertBefore(norm, "norm", subject.Code, edits);
                    break;
                case Form.Call when fields.NormFor(creation, operation, edits, cancellation) is { } field:
                    edits.Wrap(at, field + ".call(", ")");
                    break;
                case Form.Pair:
                    edits.Wrap(at, SignalPlaces.Factory(creation, "Sequential", "").TrimEnd(')'), ", " + norm + ")");
                    break;
                default:
                    return false;
            }
        }

        return done.Count > 0;
    }

    /// <summary>Puts a ReLU between a linear layer and the linear layer that reads it. False if that cannot be done.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="model">One of its graphs.</param>
    /// <param name="reader">Node of the layer that reads the other.</param>
    /// <param name="edits">Receives the changes.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static bool TryActivate(ModelSubject subject, ExtractedModel model, int reader, SourceEdits edits, CancellationToken cancellation)
    {
        if (SignalPlaces.InputOf(subject, model, reader, cancellation) is { } input)
        {
            edits.Wrap(input, new NameBinding(subject.Semantic, input.SpanStart).Functional + ".relu(", ")");
            return true;
        }

        if (SignalPlaces.CreationOf(subject, model, reader) is { } creation
            && ContainerElement.Of(creation, subject.Semantic, cancellation) is { IsOfModuleList: false } element)
        {
            element.InsertBefore(SignalPlaces.Factory(creation, "ReLU", ""), "act", subject.Code, edits);
            return true;
        }

        return false;
    }

    private static Form FormOf(ModelSubject subject, ExtractedModel model, int layer, int reader, CancellationToken cancellation)
    {
        if (SignalPlaces.InputOf(subject, model, reader, cancellation) is not null)
        {
            return SignalPlaces.CreationOf(subject, model, layer) is not { } made ? Form.None
                : LayerFields.IsField(made) ? Form.Call
                : ContainerElement.Of(made, subject.Semantic, cancellation) is not null ? Form.Pair
                : Form.None;
        }

        return SignalPlaces.CreationOf(subject, model, reader) is { } creation
            && ContainerElement.Of(creation, subject.Semantic, cancellation) is { IsOfModuleList: false }
                ? Form.Element
                : Form.None;
    }
}
