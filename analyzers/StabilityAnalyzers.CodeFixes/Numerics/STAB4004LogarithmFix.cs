using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.Numerics;

namespace StabilityAnalyzers.CodeFixes.Numerics;

/// <summary>Gives the loss of STAB4004 what it takes: cross entropy for logits, log_softmax in place of softmax.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB4004LogarithmFix))]
[Shared]
public sealed class STAB4004LogarithmFix : DocumentFixProvider
{
    private const string Key = STAB4004NegativeLogLikelihoodInput.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        ImmutableArray.Create(STAB4004NegativeLogLikelihoodInput.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (LossNameOf(diagnostic, root) is { } name)
        {
            yield return ($"Use {Replacement(name)}, which takes logits (the loss changes)", Key);
        }
        else if (SoftmaxNameOf(diagnostic, root) is { } softmax)
        {
            yield return ($"Use {Replacement(softmax)} (the loss changes, and what else uses the result gets logarithms)", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if ((LossNameOf(diagnostic, editor.OriginalRoot) ?? SoftmaxNameOf(diagnostic, editor.OriginalRoot)) is { } name
            && editor.IsFirst(name))
        {
            editor.ReplaceNode(name, SyntaxFactory.IdentifierName(Replacement(name)).WithTriviaFrom(name));
        }
    }

    private static string Replacement(SimpleNameSyntax name) => name.Identifier.ValueText switch
    {
        "nll_loss" => "cross_entropy",
        "NLLLoss" => "CrossEntropyLoss",
        "softmax" => "log_softmax",
        "Softmax" => "LogSoftmax",
        var other => other,
    };

    // nll_loss(...), or NLLLoss() where it is made: cross entropy of logarithms of probabilities is the same again, so
    // that other uses of the loss do not change.
    private static SimpleNameSyntax? LossNameOf(Diagnostic diagnostic, SyntaxNode root)
    {
        if (!diagnostic.Properties.ContainsKey(STAB4004NegativeLogLikelihoodInput.LogitsProperty))
        {
            return null;
        }

        var call = diagnostic.AdditionalLocations.LastOrDefault() is { } maker && maker.SourceTree == diagnostic.Location.SourceTree
            ? root.FindNode(maker.SourceSpan, getInnermostNodeForTie: true) as InvocationExpressionSyntax
            : null;
        return NameOf(call) is { Identifier.ValueText: "nll_loss" or "NLLLoss" } name
            && call!.ArgumentList.Arguments.Skip(name.Identifier.ValueText == "NLLLoss" ? 1 : 3).All(argument => argument.NameColon is not null)
            && !(name.Identifier.ValueText == "NLLLoss" && IsDeclaredAs(call))
                ? name
                : null;
    }

    // NLLLoss loss = NLLLoss();
    private static bool IsDeclaredAs(InvocationExpressionSyntax call) =>
        call.FirstAncestorOrSelf<VariableDeclarationSyntax>()?.Type.ToString().EndsWith("NLLLoss", StringComparison.Ordinal) == true
        || call.Parent is AssignmentExpressionSyntax or ArrowExpressionClauseSyntax or ReturnStatementSyntax or EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax };

    private static SimpleNameSyntax? SoftmaxNameOf(Diagnostic diagnostic, SyntaxNode root) =>
        diagnostic.AdditionalLocations is [{ } source]
        && source.SourceTree == diagnostic.Location.SourceTree
        && root.FindNode(source.SourceSpan, getInnermostNodeForTie: true) is InvocationExpressionSyntax call
        && NameOf(call) is { Identifier.ValueText: "softmax" or "Softmax" } name
        && !(call.Expression is MemberAccessExpressionSyntax { Expression: var receiver } && receiver.ToString() is "torch" or "TorchSharp.torch")
            ? name
            : null;

    private static SimpleNameSyntax? NameOf(InvocationExpressionSyntax? call) => call?.Expression switch
    {
        SimpleNameSyntax name => name,
        MemberAccessExpressionSyntax access => access.Name,
        _ => null,
    };
}
