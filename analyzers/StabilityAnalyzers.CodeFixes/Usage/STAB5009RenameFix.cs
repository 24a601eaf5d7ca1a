using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.Usage;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>Calls an initialiser that works in the place of the one that STAB5009 reports.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5009RenameFix))]
[Shared]
public sealed class STAB5009RenameFix : DocumentFixProvider
{
    private const string Key = STAB5009BrokenInitializer.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB5009BrokenInitializer.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        switch (NameOf(CallOf(diagnostic, root))?.Identifier.ValueText)
        {
            case "trunc_normal_":
                yield return ("Use normal_, which does not truncate (the weights change)", Key);
                break;
            case "xavier_normal_" or "glorot_normal_":
                yield return ("Use xavier_uniform_, which is what it draws (the weights stay)", Key);
                break;
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (CallOf(diagnostic, editor.OriginalRoot) is not { } call || NameOf(call) is not { } name)
        {
            return;
        }

        var isTruncated = name.Identifier.ValueText == "trunc_normal_";
        editor.ReplaceNode(name, SyntaxFactory.IdentifierName(isTruncated ? "normal_" : "xavier_uniform_").WithTriviaFrom(name));
        for (var i = 0; isTruncated && i < call.ArgumentList.Arguments.Count; i++)
        {
            // The bounds; normal_ has none.
            var argument = call.ArgumentList.Arguments[i];
            if (argument.NameColon is { } named ? named.Name.Identifier.ValueText is "a" or "b" : i is 3 or 4)
            {
                editor.RemoveNode(argument);
            }
            else if (argument.NameColon is null && i == 5)
            {
                editor.ReplaceNode(argument, (current, _) => ((ArgumentSyntax)current)
                    .WithNameColon(SyntaxFactory.NameColon("generator").WithTrailingTrivia(SyntaxFactory.Space)));
            }
        }
    }

    private static InvocationExpressionSyntax? CallOf(Diagnostic diagnostic, SyntaxNode root) =>
        root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) as InvocationExpressionSyntax;

    private static SimpleNameSyntax? NameOf(InvocationExpressionSyntax? call) => call?.Expression switch
    {
        SimpleNameSyntax name => name,
        MemberAccessExpressionSyntax access => access.Name,
        _ => null,
    };
}
