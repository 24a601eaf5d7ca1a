using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>STAB3007: an optimizer is made with a constant learning rate with which nobody trains.</summary>
/// <remarks>Where a schedule that multiplies the rate, or sets it, is in sight, or a rate is assigned, the number says nothing.</remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB3007LearningRateOutOfRange : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB3007";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "A learning rate is far outside the usual range of its optimizer",
        "A learning rate of {0} is far outside of what {1} is used with, which is {2} to {3}",
        RuleCategory.TrainingLoop,
        DiagnosticSeverity.Info,
        "The scale of a learning rate depends on the optimizer: Adam moves each weight by about the rate itself, SGD by the rate times the gradient. A rate that is far outside the usual range does not train, or destroys in one step what was learnt.");

    private static readonly ImmutableArray<string> s_schedules = ImmutableArray.Create(
        "LambdaLR", "MultiplicativeLR", "OneCycleLR", "CyclicLR", "LinearLR", "ConstantLR", "SequentialLR", "ChainedLR", "PolynomialLR");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols) =>
        context.RegisterOperationAction(
            operation => Analyze(operation, symbols), OperationKind.Invocation, OperationKind.ObjectCreation);

    private static void Analyze(OperationAnalysisContext context, TorchSharpSymbols symbols)
    {
        if (symbols.OptimizerOf(context.Operation.Type) is not { Rates: var (least, most) } optimizer
            || RateArgument(context.Operation, optimizer) is not { ConstantValue: { HasValue: true, Value: { } constant } } argument
            || constant is not (double or float or int or long))
        {
            return;
        }

        // A rate of zero is that of a schedule that begins there.
        var rate = Convert.ToDouble(constant, System.Globalization.CultureInfo.InvariantCulture);
        if (rate != 0 && !(rate >= least && rate <= most) && !IsChanged(argument.Syntax.SyntaxTree, context.CancellationToken))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                s_rule, argument.Syntax.GetLocation(), Text(rate), optimizer.Name, Text(least), Text(most)));
        }
    }

    // The factory, and the constructor, which calls it lr in any case.
    private static IOperation? RateArgument(IOperation creation, OptimizerEntry optimizer) => creation switch
    {
        IInvocationOperation call => call.Arguments.ArgumentFor(optimizer.LearningRateParameter),
        IObjectCreationOperation created => created.Arguments.ArgumentFor("lr") ?? created.Arguments.ArgumentFor("learningRate"),
        _ => null,
    };

    private static bool IsChanged(SyntaxTree tree, CancellationToken cancellation)
    {
        var index = TreeIndex.Of(tree, cancellation);
        return s_schedules.Any(schedule => index.Calls(schedule).Count > 0) || index.Writes("LearningRate").Count > 0;
    }

    private static string Text(double rate) => rate.ToString("G6", System.Globalization.CultureInfo.InvariantCulture);
}
