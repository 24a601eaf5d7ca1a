using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>STAB4003: a formula that loses precision or overflows, where one function computes the same stably.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB4003UnstableFormula : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB4003";

    /// <summary>The property that names the stable function; the additional location is what it is to be applied to.</summary>
    internal const string FunctionProperty = "function";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "A function computes this formula without overflow or loss of digits",
        "{0}: {1} computes the same stably",
        RuleCategory.Numerics,
        DiagnosticSeverity.Info,
        "The logarithm of a softmax or sigmoid is minus infinity where that underflows, exp overflows before its logarithm is taken, and 1 + x or exp(x) - 1 keep none of the digits of a small x. One function computes the same without the detour.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        var forms = new OutputForms(symbols);
        context.RegisterOperationAction(
            operation =>
            {
                var found = operation.Operation is IInvocationOperation call && symbols.AsTensorFunction(call, "log") is not null
                    ? JudgeLogarithm(TensorFunctions.TensorArgument(call).Unwrap(), symbols, forms, operation.CancellationToken)
                    : JudgeDifference(operation.Operation, symbols);
                if (found is var (what, function, operand))
                {
                    operation.ReportDiagnostic(Diagnostic.Create(
                        s_rule,
                        operation.Operation.Syntax.GetLocation(),
                        operand is null ? null : [operand.Syntax.GetLocation()],
                        ImmutableDictionary<string, string?>.Empty.Add(FunctionProperty, function),
                        what,
                        function));
                }
            },
            OperationKind.Invocation,
            OperationKind.Binary);
    }

    private static (string What, string Function, IOperation? Operand)? JudgeLogarithm(
        IOperation? argument, TorchSharpSymbols symbols, OutputForms forms, CancellationToken cancellation)
    {
        // (1 + x).log(), (1 + x.exp()).log()
        if (argument is IBinaryOperation { OperatorKind: BinaryOperatorKind.Add } sum
            && symbols.IsTensor(sum.Type)
            && (IsOne(sum.LeftOperand) ? sum.RightOperand : IsOne(sum.RightOperand) ? sum.LeftOperand : null) is { } other)
        {
            return symbols.AsTensorFunction(other, "exp") is { } power
                ? ("The logarithm of 1 + exp(x) is infinite where exp overflows", "softplus", TensorFunctions.TensorArgument(power))
                : ("The logarithm of 1 + x is 0 for a small x", "log1p", other);
        }

        // x.exp().sum(1).log()
        if (symbols.AsTensorFunction(argument, "sum") is { } total
            && symbols.AsTensorFunction(TensorFunctions.TensorArgument(total), "exp") is { } terms)
        {
            return ("The logarithm of a sum of exp is infinite where exp overflows", "logsumexp", TensorFunctions.TensorArgument(terms));
        }

        return forms.Of(argument, cancellation)?.Form switch
        {
            OutputForm.Softmax => ("The logarithm of softmax is minus infinity where softmax underflows", "log_softmax", OperandOf(argument, symbols, "softmax")),
            OutputForm.Sigmoid => ("The logarithm of the sigmoid is minus infinity where the sigmoid underflows", "logsigmoid", OperandOf(argument, symbols, "sigmoid", "expit")),
            _ => null,
        };
    }

    // x.exp() - 1
    private static (string What, string Function, IOperation? Operand)? JudgeDifference(IOperation operation, TorchSharpSymbols symbols) =>
        operation is IBinaryOperation { OperatorKind: BinaryOperatorKind.Subtract } difference
        && IsOne(difference.RightOperand)
        && symbols.AsTensorFunction(difference.LeftOperand, "exp") is { } power
            ? ("exp(x) - 1 is 0 for a small x", "expm1", TensorFunctions.TensorArgument(power))
            : null;

    private static IOperation? OperandOf(IOperation? argument, TorchSharpSymbols symbols, params string[] names) =>
        symbols.AsTensorFunction(argument, names) is { } call ? TensorFunctions.TensorArgument(call) : null;

    private static bool IsOne(IOperation operand) =>
        operand.Unwrap() is { ConstantValue: { HasValue: true, Value: var value } } && value is 1 or 1L or 1.0 or 1f;
}
