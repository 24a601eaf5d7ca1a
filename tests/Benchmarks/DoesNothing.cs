using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace StabilityAnalyzers.Benchmarks;

/// <summary>Asks for operations and does nothing with them: what every analyzer that looks at operations costs at least.</summary>
#pragma warning disable RS1036, RS1041 // It measures the host of analyzers and is never given to a compiler.
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class DoesNothing : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [new("NONE", "none", "none", "none", DiagnosticSeverity.Hidden, true)];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterOperationAction(_ => { }, OperationKind.Literal);
    }
}
