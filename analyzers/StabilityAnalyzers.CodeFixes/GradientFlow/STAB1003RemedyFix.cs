using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;

namespace StabilityAnalyzers.CodeFixes.GradientFlow;

/// <summary>Gives the layers initialisers that fit or norms, or scales residual branches, as the fixes of STAB1001 do.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB1003RemedyFix))]
[Shared]
public sealed class STAB1003RemedyFix : RemedyFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("STAB1003");
}
