using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>
/// STAB5008: a <c>GroupNorm</c> with affine weights that nothing sets, in a TorchSharp that leaves them as the memory
/// happened to be.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5008UninitializedGroupNorm : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5008";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "GroupNorm starts with uninitialised weights",
        "In this version of TorchSharp the weight and bias of GroupNorm are uninitialised memory: set them to 1 and 0 before training",
        RuleCategory.Usage,
        DiagnosticSeverity.Warning,
        "In TorchSharp 0.104 to 0.107 the weight and bias of GroupNorm are allocated and never written. They hold whatever the memory held: zeros, denormal or huge numbers, or NaN.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        if (!symbols.HasKnownFaults())
        {
            return;
        }

        var extractor = new ModelExtractor(symbols, Budget.Default);
        context.RegisterOperationAction(
            operation =>
            {
                var call = (IInvocationOperation)operation.Operation;
                if (call.TargetMethod.Name == "GroupNorm"
                    && SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, symbols.NN)
                    && call.Arguments.ArgumentFor("affine") is null or { ConstantValue: { HasValue: true, Value: true } }
                    && !NormInitialization.MayFollow(call, operation.ContainingSymbol.ContainingType, symbols, operation.CancellationToken)
                    && !MayBeWrittenElsewhere(call, operation.ContainingSymbol.ContainingType, extractor.Writers(operation.CancellationToken)))
                {
                    operation.ReportDiagnostic(Diagnostic.Create(s_rule, call.Syntax.GetLocation()));
                }
            },
            OperationKind.Invocation);
    }

    // A file that is loaded, a helper that initialises every module.
    private static bool MayBeWrittenElsewhere(IInvocationOperation creation, INamedTypeSymbol? type, WeightWriters writers)
    {
        for (SyntaxNode? node = creation.Syntax; node is not null; node = node.Parent)
        {
            if (writers.MayWrite(node))
            {
                return true;
            }
        }

        return writers.MayWrite(type);
    }
}
