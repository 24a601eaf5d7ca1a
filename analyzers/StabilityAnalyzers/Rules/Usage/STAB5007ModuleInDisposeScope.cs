using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>STAB5007: a module whose parameters belong to a dispose scope is used after the scope has disposed of them.</summary>
/// <remarks>
/// In TorchSharp 0.107 the layers with setters of their own take their parameters out of the scope that they are made in; the
/// native ones and a <c>Parameter</c> in a field do not. Silent as long as the module ends with the scope, and wherever
/// something in the member moves or detaches anything.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5007ModuleInDisposeScope : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5007";

    private static readonly ImmutableHashSet<string> s_rescues = ImmutableHashSet.Create(
        "MoveToOuterDisposeScope", "MoveToOtherDisposeScope", "DetachFromDisposeScope", "DetatchFromDisposeScope", "MoveToOuter", "MoveToOther", "Detach",
        "DisposeEverythingBut");

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "A module is built in a dispose scope that takes its parameters away",
        "The parameters of this {0} belong to the dispose scope that it is made in, and {1}: parameters() is empty then",
        RuleCategory.Usage,
        DiagnosticSeverity.Warning,
        "A dispose scope disposes of the parameters of Embedding, recurrent, attention and transformer layers, and of a Parameter in a field, that are made inside. A module that lives on has no parameters any more: it may go on computing, but nothing of it is trained or saved.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols) =>
        context.RegisterOperationAction(
            operation => Analyze(operation, operation.Operation, symbols), OperationKind.Invocation, OperationKind.ObjectCreation);

    private static void Analyze(OperationAnalysisContext context, IOperation creation, TorchSharpSymbols symbols)
    {
        var cancellation = context.CancellationToken;
        if (symbols.IsModule(creation.Type)
            && TargetOf(creation) is { } target
            && DisposeScopes.Around(creation, symbols, cancellation) is { } scope
            && WhatDisposes(creation, target, scope, cancellation) is { } what
            && new ParameterContent(symbols, cancellation, IsLost).IsMadeBy(creation)
            && !IsRescued(creation, symbols, cancellation))
        {
            context.ReportDiagnostic(Diagnostic.Create(s_rule, creation.Syntax.GetLocation(), creation.Type?.Name, what));
        }
    }

    private static bool IsLost(LayerEntry entry) =>
        entry.Family is LayerFamily.Embedding or LayerFamily.Recurrent or LayerFamily.RecurrentCell or LayerFamily.Attention;

    // The variable, field or return that the new module goes to.
    private static IOperation? TargetOf(IOperation creation) => creation.Outer() switch
    {
        IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator } => declarator,
        ISimpleAssignmentOperation assignment => assignment.Target,
        IReturnOperation { Kind: OperationKind.Return } returned => returned,
        _ => null,
    };

    private static string? WhatDisposes(IOperation creation, IOperation target, DisposeScopes scope, CancellationToken cancellation)
    {
        const string end = "it lives on when the scope ends";
        switch (target)
        {
            case IReturnOperation:
                return end;

            // Where the method goes on to work, the module may be meant for as long as the scope lasts.
            case IFieldReferenceOperation or IPropertyReferenceOperation:
                return creation.Enclosing().Body.Descendants().OfType<IInvocationOperation>().Any(call =>
                    call.Syntax.SpanStart > creation.Syntax.Span.End
                    && (call.TargetMethod.Name is "call" or "forward" or "backward" or "step" || !call.TargetMethod.DeclaringSyntaxReferences.IsEmpty))
                    ? null
                    : end;
            case ILocalReferenceOperation { Local: var outer }:
                return outer.DeclaringSyntaxReferences.All(reference => reference.Span.Start < scope.Creation.Syntax.SpanStart) ? end : null;
            case IVariableDeclaratorOperation { Symbol: var local }:
                var body = creation.Enclosing().Body;
                var uses = body.Descendants().OfType<ILocalReferenceOperation>()
                    .Where(reference => SymbolEqualityComparer.Default.Equals(reference.Local, local)).ToList();
                cancellation.ThrowIfCancellationRequested();
                if (uses.Any(use => use.Outer() is IReturnOperation { Kind: OperationKind.Return } && ReferenceEquals(use.Enclosing().Body, body)))
                {
                    return end;
                }

                // scope.DisposeEverything() in a loop, or before the module is used again
                return scope.Uses.Any(use => use.Parent is IInvocationOperation { TargetMethod.Name: "DisposeEverything" } call
                    && ReferenceEquals(call.Enclosing().Body, body)
                    && call.Syntax.SpanStart > creation.Syntax.SpanStart
                    && uses.Any(other => other.Syntax.SpanStart > call.Syntax.SpanStart
                        || (call.Enclosing().Loop is { } loop && loop.Syntax.Span.Contains(other.Syntax.Span) && !loop.Syntax.Span.Contains(creation.Syntax.Span))))
                    ? "DisposeEverything() takes them with it while it is in use"
                    : null;
            default:
                return null;
        }
    }

    // Somebody moves or detaches something here, or in the classes that are made; or a conversion makes new parameters.
    private static bool IsRescued(IOperation creation, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        var (body, _) = creation.Enclosing();
        var isLayer = symbols.LayerOf(creation.Type) is not null;
        var nodes = creation.Descendants().Append(creation)
            .Where(part => part is IObjectCreationOperation)
            .SelectMany(part => part.Type?.DeclaringSyntaxReferences ?? ImmutableArray<SyntaxReference>.Empty)
            .Select(reference => reference.GetSyntax(cancellation))
            .Append(body.Syntax);
        return nodes.Any(node => node.DescendantTokens().Any(token => token.IsKind(SyntaxKind.IdentifierToken)
            && (s_rescues.Contains(token.ValueText) || (!isLayer && (token.ValueText is "to" or "cuda" or "half" or "bfloat16")))));
    }
}
