using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>What a tensor is, by the operation that made it.</summary>
/// <param name="Form">Its form, the same on every way that the value can come.</param>
/// <param name="Sources">
/// The operations that give it that form: calls of a function or of a layer, or the expression that makes a layer which
/// ends a <c>Sequential</c>. At least one.
/// </param>
internal sealed record Output(OutputForm Form, ImmutableArray<IOperation> Sources)
{
    /// <summary>How a message names it.</summary>
    public string Name => Form switch
    {
        OutputForm.Softmax => "softmax",
        OutputForm.LogSoftmax => "log_softmax",
        OutputForm.Sigmoid => "sigmoid",
        OutputForm.LogSigmoid => "logsigmoid",
        OutputForm.Rectified => "ReLU",
        _ => "a layer with weights",
    };

    /// <summary>The places of the sources, those first that lie in the given tree.</summary>
    public IEnumerable<Location> LocationsFrom(SyntaxTree tree) =>
        Sources.Select(source => source.Syntax.GetLocation()).OrderBy(location => location.SourceTree == tree ? 0 : 1);
}
