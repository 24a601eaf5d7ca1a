using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Rules.Numerics;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>
/// STAB5010: <c>kl_div</c> and <c>KLDivLoss</c> take the target as logarithms unless they are told otherwise, the static
/// <c>torch.var_mean</c> without dimensions returns the standard deviation, and the 0 of <c>sum(0)</c> is a number type.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5010UnexpectedDefault : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5010";

    /// <summary>The property that says which of them was found.</summary>
    internal const string KindProperty = "kind";

    /// <summary><c>torch.var_mean(x)</c>.</summary>
    internal const string Variance = "variance";

    /// <summary><c>x.sum(0)</c>.</summary>
    internal const string Dimension = "dimension";

    /// <summary>A target of probabilities, which is taken as logarithms.</summary>
    internal const string Probabilities = "probabilities";

    /// <summary>A target that is not known, with nothing said of it.</summary>
    internal const string Unsaid = "unsaid";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "A function of TorchSharp does something else than its model in PyTorch",
        "{0}",
        RuleCategory.Usage,
        DiagnosticSeverity.Warning,
        "In TorchSharp the target of kl_div and KLDivLoss is taken as logarithms unless log_target: false is given, the opposite of PyTorch; torch.var_mean without dimensions returns the standard deviation in place of the variance in 0.104 to 0.107; and to C# the 0 of sum(0) is the number type Byte, not the first dimension.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        var forms = new OutputForms(symbols);
        var modules = new ModuleOrigins(symbols);
        context.RegisterOperationAction(
            operation =>
            {
                var call = (IInvocationOperation)operation.Operation;
                if (IsStandardDeviation(call, symbols))
                {
                    Report(operation, call.Syntax, Variance, DiagnosticSeverity.Warning, null, "torch.var_mean without dimensions returns the standard deviation, not the variance");
                }
                else if (ZeroAsType(call, symbols) is { } zero)
                {
                    Report(operation, zero.Syntax, Dimension, DiagnosticSeverity.Warning, null, "To C# this 0 is the number type Byte, not a dimension: everything is summed up, in 8 bits; write 0L");
                }
                else if (LossCall.Of(call, symbols, modules, operation.CancellationToken) is { Kind: LossKind.KullbackLeibler, Makers: [var maker] } loss
                    && TakesLogarithmsByDefault(maker))
                {
                    Judge(operation, loss, maker, forms);
                }
            },
            OperationKind.Invocation);
    }

    private static void Judge(OperationAnalysisContext context, LossCall loss, IOperation maker, OutputForms forms)
    {
        switch (forms.Of(loss.Target, context.CancellationToken)?.Form)
        {
            case OutputForm.Softmax or OutputForm.Sigmoid:
                Report(context, loss.Target.Syntax, Probabilities, DiagnosticSeverity.Warning, maker, "The target of the divergence are probabilities, and by default TorchSharp takes it as their logarithms");
                break;
            case OutputForm.LogSoftmax or OutputForm.LogSigmoid:
                break;
            default:
                Report(context, loss.Target.Syntax, Unsaid, DiagnosticSeverity.Info, maker, "By default TorchSharp takes the target of the divergence as logarithms, the opposite of PyTorch: say which it is with log_target");
                break;
        }
    }

    // The default may change with a version: the signature says which it is.
    private static bool TakesLogarithmsByDefault(IOperation maker) => maker switch
    {
        IInvocationOperation call => call.Arguments,
        IObjectCreationOperation creation => creation.Arguments,
        _ => ImmutableArray<IArgumentOperation>.Empty,
    } is var arguments && arguments.Any(argument => argument is
    {
        ArgumentKind: ArgumentKind.DefaultValue,
        Parameter: { Name: "log_target", HasExplicitDefaultValue: true, ExplicitDefaultValue: true },
    });

    private static bool IsStandardDeviation(IInvocationOperation call, TorchSharpSymbols symbols) =>
        call.TargetMethod is { Name: "var_mean", IsStatic: true, Parameters: [{ Name: "input" }, { Type.SpecialType: SpecialType.System_Boolean }] }
        && SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, symbols.Torch)
        && symbols.HasKnownFaults();

    // A constant 0 converts to every enumeration, and that overload wins over the one with a dimension.
    private static IOperation? ZeroAsType(IInvocationOperation call, TorchSharpSymbols symbols) =>
        call.TargetMethod.Name == "sum" && symbols.IsTensorFunction(call.TargetMethod)
        && call.Arguments.ArgumentFor("type").Unwrap() is ILiteralOperation { Type.SpecialType: SpecialType.System_Int32, ConstantValue.Value: 0 } zero
            ? zero
            : null;

    private static void Report(
        OperationAnalysisContext context, SyntaxNode place, string kind, DiagnosticSeverity severity, IOperation? maker, string message) =>
        context.ReportDiagnostic(Diagnostic.Create(
            s_rule,
            place.GetLocation(),
            severity,
            maker is null ? null : [maker.Syntax.GetLocation()],
            ImmutableDictionary<string, string?>.Empty.Add(KindProperty, kind),
            message));
}
