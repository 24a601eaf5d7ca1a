using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;

namespace StabilityAnalyzers.CodeFixes.GradientFlow;

/// <summary>Scales residual branches, or gives the layers initialisers that fit or norms, as the fixes of STAB1003 do.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB1008RemedyFix))]
[Shared]
public sealed class STAB1008RemedyFix : RemedyFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("STAB1008");
}
