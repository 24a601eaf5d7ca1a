using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using StabilityAnalyzers.CodeFixes.Models;

namespace StabilityAnalyzers.CodeFixes.GradientFlow;

/// <summary>Initialises what a recurrent layer multiplies the gradient by: an orthogonal matrix for tanh, the identity for ReLU, the forget-gate bias of an LSTM.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB1007RecurrentWeightsFix))]
[Shared]
public sealed class STAB1007RecurrentWeightsFix : RecurrentFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("STAB1007");
}
