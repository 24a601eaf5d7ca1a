using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>STAB5003: <c>forward</c>, or what only forward calls, makes a layer with weights and uses it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5003LayerMadeInForward : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5003";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "A layer with weights is made in forward",
        "forward makes this {0} anew on every call: its weights are never the same, and no optimizer trains them",
        RuleCategory.Usage,
        DiagnosticSeverity.Warning,
        "A layer that forward makes has new random weights on every call. It is registered nowhere, so that no optimizer trains it and no file keeps it; the network learns to live with noise.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        var source = SourceIndex.Of(context.Compilation);
        context.RegisterOperationAction(
            operation =>
            {
                var call = (IInvocationOperation)operation.Operation;
                if (IsLayerWithWeights(call, symbols)
                    && operation.ContainingSymbol is IMethodSymbol method
                    && symbols.IsModule(method.ContainingType)
                    && IsPartOfForward(method, source, operation.CancellationToken)
                    && FreshModule.IsOnlyCalled(call))
                {
                    operation.ReportDiagnostic(Diagnostic.Create(s_rule, call.Syntax.GetLocation(), call.TargetMethod.Name));
                }
            },
            OperationKind.Invocation);
    }

    // The factory of the layer's own name: Linear(weight, bias) and Embedding_from_pretrained are given their weights.
    private static bool IsLayerWithWeights(IInvocationOperation call, TorchSharpSymbols symbols) =>
        SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, symbols.NN)
        && symbols.LayerOf(call.Type) is { } layer
        && layer.Name == call.TargetMethod.Name
        && (layer.Family is LayerFamily.Linear or LayerFamily.Convolution or LayerFamily.TransposedConvolution or LayerFamily.Embedding
                or LayerFamily.Recurrent or LayerFamily.RecurrentCell or LayerFamily.Attention
            || layer.Name is "BatchNorm1d" or "BatchNorm2d" or "BatchNorm3d")
        && !call.TargetMethod.Parameters.Any(parameter => symbols.IsTensor(parameter.Type));

    private static bool IsPartOfForward(IMethodSymbol method, SourceIndex source, CancellationToken cancellation)
    {
        if (method is { Name: "forward", IsOverride: true })
        {
            return true;
        }

        if (method is not { MethodKind: MethodKind.Ordinary, DeclaredAccessibility: Accessibility.Private })
        {
            return false;
        }

        var calls = source.CallsOf(method, cancellation).ToList();
        return calls.Count > 0 && calls.All(call =>
            call.Syntax.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { Identifier.ValueText: "forward" } caller
            && caller.Modifiers.Any(modifier => modifier.ValueText == "override"));
    }
}
