using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>STAB5004: a training loop in which nothing disposes of the tensors of an iteration.</summary>
/// <remarks>
/// One sign of care is enough for silence: a scope anywhere in the member or in one that calls it, a <c>Dispose</c>, a
/// <c>using</c> in the loop, a call of the garbage collector.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5004LoopWithoutDisposeScope : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5004";

    private const int MaxCallers = 32;

    private static readonly ImmutableHashSet<string> s_care = ImmutableHashSet.Create(
        "NewDisposeScope", "DisposeScope", "DisposeEverything", "DisposeEverythingBut", "Dispose", "Collect", "MoveToOuterDisposeScope",
        "DetachFromDisposeScope");

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "A training loop leaves its tensors to the garbage collector",
        "Nothing disposes of the tensors that an iteration makes: memory grows until the garbage collector runs",
        RuleCategory.Usage,
        DiagnosticSeverity.Info,
        "Every operator makes a tensor whose memory lies outside the managed heap. Without a dispose scope it is freed when the garbage collector happens to run, which sees only the small object in front of it, so that memory grows far beyond what an iteration needs.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols) =>
        context.RegisterOperationAction(
            operation => Analyze(operation, (ILoopOperation)operation.Operation, symbols), OperationKind.Loop);

    private static void Analyze(OperationAnalysisContext context, ILoopOperation loop, TorchSharpSymbols symbols)
    {
        var calls = loop.Descendants().OfType<IInvocationOperation>().ToList();
        if (calls.Any(call => TorchSharpSymbols.IsMethod(call.TargetMethod, symbols.Tensor, "backward") && ReferenceEquals(InnermostLoop(call), loop))
            && calls.Any(call => TorchSharpSymbols.IsMethod(call.TargetMethod, symbols.Optimizer, "step"))
            && !UsesUsing(loop.Syntax)
            && !TakesCare(loop, SourceIndex.Of(symbols.Compilation), context.CancellationToken))
        {
            context.ReportDiagnostic(Diagnostic.Create(s_rule, loop.Syntax.GetFirstToken().GetLocation()));
        }
    }

    private static ILoopOperation? InnermostLoop(IOperation operation)
    {
        for (var parent = operation.Parent; parent is not null and not (IAnonymousFunctionOperation or ILocalFunctionOperation); parent = parent.Parent)
        {
            if (parent is ILoopOperation loop)
            {
                return loop;
            }
        }

        return null;
    }

    private static bool UsesUsing(SyntaxNode loop) => loop.DescendantNodes().Any(node =>
        node is UsingStatementSyntax or LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 });

    // The member, those that call it, and those that call them.
    private static bool TakesCare(IOperation site, SourceIndex source, CancellationToken cancellation)
    {
        var work = new Queue<IOperation>();
        var seen = new HashSet<SyntaxNode>();
        work.Enqueue(site);
        while (work.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var current = work.Dequeue();
            var member = current.Syntax.FirstAncestorOrSelf<MemberDeclarationSyntax>(node => node is not GlobalStatementSyntax)
                ?? current.Syntax.SyntaxTree.GetRoot(cancellation);
            if (!seen.Add(member))
            {
                continue;
            }

            if (seen.Count > MaxCallers || member.DescendantTokens().Any(token => token.IsKind(SyntaxKind.IdentifierToken) && s_care.Contains(token.ValueText)))
            {
                return true;
            }

            if (member is MethodDeclarationSyntax
                && current.SemanticModel?.GetDeclaredSymbol(member, cancellation) is IMethodSymbol method)
            {
                foreach (var call in source.CallsOf(method, cancellation))
                {
                    work.Enqueue(call);
                }
            }
        }

        return false;
    }
}
