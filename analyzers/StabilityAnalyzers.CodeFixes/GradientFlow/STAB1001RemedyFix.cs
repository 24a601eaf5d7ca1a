using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;

namespace StabilityAnalyzers.CodeFixes.GradientFlow;

/// <summary>
/// Gives the layers initialisers that fit, norms, residual connections or other activations. Every offer was tried: the
/// changed source compiles, and the model in it is predicted to be healthy.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB1001RemedyFix))]
[Shared]
public sealed class STAB1001RemedyFix : RemedyFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("STAB1001");
}
