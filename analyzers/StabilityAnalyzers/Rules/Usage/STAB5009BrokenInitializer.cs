using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>
/// STAB5009: an initialiser of <c>torch.nn.init</c> that does something else than its name says in the TorchSharp that
/// the compilation refers to: <c>trunc_normal_</c> (Warning) and <c>xavier_normal_</c> (Info).
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5009BrokenInitializer : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5009";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "The initialiser does not draw what its name says",
        "In this version of TorchSharp {0} {1}",
        RuleCategory.Usage,
        DiagnosticSeverity.Warning,
        "In TorchSharp 0.104 to 0.107 trunc_normal_ takes mean and standard deviation for each other, so that with a mean of 0 every weight is the same number, and xavier_normal_ draws from the uniform distribution.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        if (!symbols.HasKnownFaults())
        {
            return;
        }

        context.RegisterOperationAction(
            operation =>
            {
                var call = (IInvocationOperation)operation.Operation;
                if (SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, symbols.Init)
                    && Judge(call) is var (severity, effect))
                {
                    operation.ReportDiagnostic(Diagnostic.Create(
                        s_rule, call.Syntax.GetLocation(), severity, null, null, call.TargetMethod.Name, effect));
                }
            },
            OperationKind.Invocation);
    }

    private static (DiagnosticSeverity Severity, string Effect)? Judge(IInvocationOperation call) => call.TargetMethod.Name switch
    {
        // mean * erfinv(u) + std
        "trunc_normal_" when call.Arguments.ArgumentFor("mean") is null or { ConstantValue: { HasValue: true, Value: 0.0 or 0 } } =>
            (DiagnosticSeverity.Warning, "gives every element the same value, the standard deviation"),
        "trunc_normal_" => (DiagnosticSeverity.Warning, "takes the mean and the standard deviation for each other"),
        "xavier_normal_" or "glorot_normal_" =>
            (DiagnosticSeverity.Info, "draws from the uniform distribution, of the same variance: it is xavier_uniform_"),
        _ => null,
    };
}
