using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using StabilityAnalyzers.CodeFixes.Models;

namespace StabilityAnalyzers.CodeFixes.Initialization;

/// <summary>Sets the bias of the forget gate of an LSTM to 1 where its class is constructed.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB2004ForgetBiasFix))]
[Shared]
public sealed class STAB2004ForgetBiasFix : RecurrentFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("STAB2004");
}
