using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>
/// STAB5006: dropout within a module that does not follow the module's mode: a function without the argument
/// <c>training</c>, or a layer that <c>forward</c> makes anew, which is always in training mode.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5006DropoutInEvaluation : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5006";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "Dropout does not follow train and eval",
        "{0} {1}",
        RuleCategory.Usage,
        DiagnosticSeverity.Info,
        "A function of functional does not know whether the module trains: without the argument training, dropout drops in evaluation too, and alpha_dropout never does. A Dropout that forward makes is new on every call, and a new module is in training mode.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols) =>
        context.RegisterOperationAction(
            operation =>
            {
                var call = (IInvocationOperation)operation.Operation;
                if (operation.ContainingSymbol is IMethodSymbol { IsStatic: false } method
                    && symbols.IsModule(method.ContainingType)
                    && Judge(call, method, symbols) is { } effect)
                {
                    operation.ReportDiagnostic(Diagnostic.Create(s_rule, call.Syntax.GetLocation(), call.TargetMethod.Name, effect));
                }
            },
            OperationKind.Invocation);

    private static string? Judge(IInvocationOperation call, IMethodSymbol method, TorchSharpSymbols symbols)
    {
        if (call.Arguments.ArgumentFor("p") is { ConstantValue: { HasValue: true, Value: 0.0 or 0 } })
        {
            return null;
        }

        // functional.dropout(x, 0.5)
        if (SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, symbols.Functional))
        {
            return call.Arguments.FirstOrDefault(argument => argument.Parameter?.Name == "training") switch
            {
                { ArgumentKind: ArgumentKind.DefaultValue, Parameter.ExplicitDefaultValue: true } => "without 'training' drops in evaluation too",
                { ArgumentKind: ArgumentKind.DefaultValue, Parameter.ExplicitDefaultValue: false } => "without 'training' never drops, not even while training",
                _ => null,
            };
        }

        // Dropout(0.5).call(x), in forward
        return method is { Name: "forward", IsOverride: true }
            && symbols.LayerOf(call.Type) is { Family: LayerFamily.Dropout }
            && SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, symbols.NN)
            && FreshModule.IsOnlyCalled(call)
                ? "made in forward is always in training mode, and drops in evaluation too"
                : null;
    }
}
