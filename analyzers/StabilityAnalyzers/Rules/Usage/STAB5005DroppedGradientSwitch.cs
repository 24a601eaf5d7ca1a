using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>STAB5005: <c>no_grad()</c> or <c>inference_mode()</c> is called, and nothing will ever dispose of the result.</summary>
/// <remarks>
/// Three shapes: a statement of its own, an assignment to a discard, and a local that is never read. A member that
/// switches back by other means is left alone, and so is a lambda or an expression body, which may be a helper made for this.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5005DroppedGradientSwitch : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5005";

    private const string NoGrad = "no_grad";
    private const string InferenceMode = "inference_mode";

    // What else turns gradients on again.
    private static readonly ImmutableHashSet<string> s_switches =
        ImmutableHashSet.Create("set_grad_enabled", "enable_grad", InferenceMode);

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "The result of no_grad or inference_mode is dropped",
        "'{0}' switches gradients off until its result is disposed of, and nothing disposes of it: they stay off on this thread",
        RuleCategory.Usage,
        DiagnosticSeverity.Warning,
        "The object that no_grad and inference_mode return switches gradients on again when it is disposed of, and it has no finalizer. Where it is dropped, gradients stay off on that thread for good, and the next backward throws.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols) =>
        context.RegisterOperationAction(
            operation => Analyze(operation, (IInvocationOperation)operation.Operation, symbols), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, IInvocationOperation call, TorchSharpSymbols symbols)
    {
        if (call.TargetMethod.Name is NoGrad or InferenceMode
            && SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, symbols.Torch)
            && call.Arguments.All(argument => argument.Value.ConstantValue is { HasValue: true, Value: true })
            && StatementOf(call.Syntax) is { } statement
            && IsDropped(call, statement, context.CancellationToken)
            && !SwitchesBack(call, context.CancellationToken))
        {
            context.ReportDiagnostic(Diagnostic.Create(s_rule, call.Syntax.GetLocation(), call.TargetMethod.Name));
        }
    }

    /// <summary>The statement that does nothing but make this call; null where the call is part of something else.</summary>
    internal static StatementSyntax? StatementOf(SyntaxNode call)
    {
        while (call.Parent is ParenthesizedExpressionSyntax)
        {
            call = call.Parent;
        }

        return call.Parent switch
        {
            // no_grad();
            ExpressionStatementSyntax statement => statement,
            // _ = no_grad();
            AssignmentExpressionSyntax { Left: IdentifierNameSyntax, Parent: ExpressionStatementSyntax statement } assignment
                when assignment.Right == call => statement,
            // var guard = no_grad();
            EqualsValueClauseSyntax
            {
                Parent: VariableDeclaratorSyntax
                {
                    Parent: VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax { UsingKeyword.RawKind: 0 } statement },
                },
            } => statement,
            _ => null,
        };
    }

    private static bool IsDropped(IInvocationOperation call, StatementSyntax statement, CancellationToken cancellation) =>
        call.SemanticModel is { } model
        && (model.GetOperation(statement, cancellation) switch
        {
            IExpressionStatementOperation { Operation: ISimpleAssignmentOperation { Target: var target } } => target is IDiscardOperation,
            IExpressionStatementOperation => true,
            IVariableDeclarationGroupOperation { Declarations: [{ Declarators: [{ Symbol: var local }] }] } =>
                !IsRead(local, call, cancellation),
            _ => false,
        });

    private static bool IsRead(ILocalSymbol local, IOperation call, CancellationToken cancellation) =>
        MemberOf(call, cancellation).DescendantTokens().Count(token => token.ValueText == local.Name) > 1;

    private static bool SwitchesBack(IInvocationOperation call, CancellationToken cancellation) =>
        MemberOf(call, cancellation).DescendantNodes().OfType<SimpleNameSyntax>()
            .Any(name => s_switches.Contains(name.Identifier.ValueText) && !call.Syntax.Span.Contains(name.Span));

    // All top-level statements of a file are one member.
    private static SyntaxNode MemberOf(IOperation call, CancellationToken cancellation) =>
        call.Syntax.FirstAncestorOrSelf<MemberDeclarationSyntax>(member => member is not GlobalStatementSyntax)
        ?? call.Syntax.SyntaxTree.GetRoot(cancellation);
}
