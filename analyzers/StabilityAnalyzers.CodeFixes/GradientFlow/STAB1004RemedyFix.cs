using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;

namespace StabilityAnalyzers.CodeFixes.GradientFlow;

/// <summary>Gives the layers initialisers that fit or norms, or scales residual branches, as the fixes of STAB1001 do.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB1004RemedyFix))]
[Shared]
public sealed class STAB1004RemedyFix : RemedyFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("STAB1004");
}
