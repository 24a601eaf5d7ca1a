using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;
using StabilityAnalyzers.CodeFixes.Models;
using StabilityAnalyzers.Rules.Usage;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>
/// Moves the layer that STAB5003 reports to a field, where its arguments are constants and a constructor of the class
/// calls <c>RegisterComponents()</c>, which then finds it.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5003MoveToFieldFix))]
[Shared]
public sealed class STAB5003MoveToFieldFix : DocumentFixProvider
{
    private const string Key = STAB5003LayerMadeInForward.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB5003LayerMadeInForward.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (SubjectOf(diagnostic, root, model, cancellation) is { } subject)
        {
            yield return ($"Move the {subject.Method.Name} to a field, where it is registered and trained", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (SubjectOf(diagnostic, editor.OriginalRoot, model, cancellation) is not var (call, type, method) || !editor.IsFirst(call))
        {
            return;
        }

        var name = editor.FreshName(type, Wanted(call, type, method));
        editor.ReplaceNode(call, SyntaxFactory.IdentifierName(name).WithTriviaFrom(call));
        var layer = new NameBinding(model, call.SpanStart).Layer(method.Name);
        var field = SyntaxFactory.ParseMemberDeclaration($"private readonly {layer} {name} = {call.WithoutTrivia()};")!
            .WithAdditionalAnnotations(Formatter.Annotation);
        var last = type.Members.OfType<FieldDeclarationSyntax>().LastOrDefault();
        var neighbour = last ?? type.Members[0];
        field = field.WithLeadingTrivia(Indentation(neighbour)).WithTrailingTrivia(EndOfLine(neighbour));
        var next = last is null ? 0 : type.Members.IndexOf(last) + 1;
        if (next < type.Members.Count)
        {
            editor.InsertBefore(type.Members[next], field);
        }
        else
        {
            editor.InsertAfter(type.Members[next - 1], field);
        }
    }

    private static (InvocationExpressionSyntax Call, ClassDeclarationSyntax Type, IMethodSymbol Method)? SubjectOf(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call
            || call.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { } type
            || model.GetSymbolInfo(call, cancellation).Symbol is not IMethodSymbol method)
        {
            return null;
        }

        // using var layer = Linear(4, 4); would dispose of the field.
        var isDisposed = call.Ancestors().TakeWhile(node => node is not BlockSyntax)
            .Any(node => node is UsingStatementSyntax or LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 });
        var isConstant = call.ArgumentList.Arguments.All(argument =>
            model.GetConstantValue(argument.Expression, cancellation).HasValue
            && argument.Expression.DescendantNodesAndSelf().OfType<SimpleNameSyntax>()
                .All(name => model.GetSymbolInfo(name, cancellation).Symbol is not ILocalSymbol));
        return !isDisposed && isConstant && IsRegistered(type) && !Disposes(call) ? (call, type, method) : null;
    }

    private static bool IsRegistered(ClassDeclarationSyntax type) =>
        type.Members.OfType<ConstructorDeclarationSyntax>().ToList() is { Count: > 0 } constructors
        && constructors.All(constructor => constructor.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name => name.Identifier.ValueText == "RegisterComponents")
            || constructor.Initializer is { ThisOrBaseKeyword.RawKind: (int)SyntaxKind.ThisKeyword });

    private static bool Disposes(InvocationExpressionSyntax call) =>
        call.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator }
        && call.FirstAncestorOrSelf<BlockSyntax>() is { } block
        && block.DescendantNodes().OfType<MemberAccessExpressionSyntax>().Any(access => access.Name.Identifier.ValueText == "Dispose"
            && access.Expression is IdentifierNameSyntax name && name.Identifier.ValueText == declarator.Identifier.ValueText);

    // The local's name, or that of the layer; as the fields of the class are written.
    private static string Wanted(InvocationExpressionSyntax call, ClassDeclarationSyntax type, IMethodSymbol method)
    {
        var name = call.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator }
            ? declarator.Identifier.ValueText
            : char.ToLowerInvariant(method.Name[0]) + method.Name.Substring(1);
        return type.Members.OfType<FieldDeclarationSyntax>().SelectMany(field => field.Declaration.Variables).Any(field => field.Identifier.ValueText[0] == '_')
            ? "_" + name.TrimStart('_')
            : name;
    }

    private static IEnumerable<SyntaxTrivia> Indentation(SyntaxNode member) =>
        member.GetLeadingTrivia().Reverse().TakeWhile(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia));

    private static IEnumerable<SyntaxTrivia> EndOfLine(SyntaxNode member) =>
        member.GetTrailingTrivia().Where(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia));
}
