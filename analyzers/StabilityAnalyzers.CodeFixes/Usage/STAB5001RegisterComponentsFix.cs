using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>Calls <c>RegisterComponents()</c> where STAB5001 misses it, or registers by name what it came too late for.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5001RegisterComponentsFix))]
[Shared]
public sealed class STAB5001RegisterComponentsFix : DocumentFixProvider
{
    private const string Key = STAB5001ComponentsNotRegistered.Id + ":best";

    // What asks for the components, and may stand between the old place of the call and the new one.
    private static readonly ImmutableHashSet<string> s_ofModule = ImmutableHashSet.Create(
        "parameters", "named_parameters", "modules", "named_modules", "children", "named_children", "apply", "buffers", "named_buffers",
        "state_dict", "load", "load_state_dict", "train", "eval");

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB5001ComponentsNotRegistered.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (PlanOf(diagnostic, root, model, cancellation) is { } plan)
        {
            yield return (plan.Title, Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation) =>
        PlanOf(diagnostic, editor.OriginalRoot, model, cancellation)?.Apply(editor);

    private static (string Title, Action<SyntaxEditor> Apply)? PlanOf(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (root.FindNode(diagnostic.Location.SourceSpan).FirstAncestorOrSelf<ConstructorDeclarationSyntax>() is not { Parent: TypeDeclarationSyntax type } constructor
            || TorchSharpSymbols.TryGet(model.Compilation) is not { } symbols)
        {
            return null;
        }

        diagnostic.Properties.TryGetValue(STAB5001ComponentsNotRegistered.ShapeProperty, out var shape);
        var content = new ParameterContent(symbols, cancellation);
        return shape switch
        {
            STAB5001ComponentsNotRegistered.Missing => Insert(type, model, cancellation),
            STAB5001ComponentsNotRegistered.Early when ModuleRegistration.CallIn(constructor) is { Parent: ExpressionStatementSyntax statement } =>
                Move(statement, LostAssignments.In(constructor, statement.Span.End, symbols, content, cancellation)),
            STAB5001ComponentsNotRegistered.Base => RegisterByName(constructor, LostAssignments.In(constructor, 0, symbols, content, cancellation)),
            _ => null,
        };
    }

    // At the end of every constructor that does not go on to another one of the class.
    private static (string, Action<SyntaxEditor>)? Insert(TypeDeclarationSyntax type, SemanticModel model, CancellationToken cancellation)
    {
        var bodies = type.Members.OfType<ConstructorDeclarationSyntax>()
            .Where(constructor => !constructor.Modifiers.Any(SyntaxKind.StaticKeyword) && constructor.Initializer?.Kind() != SyntaxKind.ThisConstructorInitializer)
            .Select(constructor => constructor.Body)
            .ToList();
        if (type.Modifiers.Any(SyntaxKind.PartialKeyword)
            || bodies.Any(body => body is null || body.DescendantNodes().Any(node => node is ReturnStatementSyntax) || body.Statements.LastOrDefault() is ThrowStatementSyntax)
            || IsDerivedFrom(type, model, cancellation))
        {
            return null;
        }

        return ("Call RegisterComponents() at the end of the constructor", Change);

        void Change(SyntaxEditor editor)
        {
            foreach (var body in bodies)
            {
                editor.ReplaceNode(body!, WithCallAtEnd(body!));
            }
        }
    }

    // A derived class would then come too late with the layers that it assigns in its constructor.
    private static bool IsDerivedFrom(TypeDeclarationSyntax type, SemanticModel model, CancellationToken cancellation) => model.Compilation.SyntaxTrees.Any(tree =>
        tree.GetRoot(cancellation).DescendantNodes().OfType<BaseTypeSyntax>().Any(inherited =>
            inherited.DescendantTokens().Any(token => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText == type.Identifier.ValueText)));

    private static BlockSyntax WithCallAtEnd(BlockSyntax body)
    {
        var call = (StatementSyntax)SyntaxFactory.ParseStatement(ModuleRegistration.RegisterComponents + "();");
        if (body.Statements.LastOrDefault() is not { } last)
        {
            return body.AddStatements(call).WithAdditionalAnnotations(Formatter.Annotation);
        }

        var isOnLineOfItsOwn = last.GetTrailingTrivia().Any(SyntaxKind.EndOfLineTrivia);
        return isOnLineOfItsOwn
            ? body.AddStatements(call
                .WithLeadingTrivia(last.GetLeadingTrivia().LastOrDefault(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia)))
                .WithTrailingTrivia(last.GetTrailingTrivia().Last(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia))))
            : body.AddStatements(call.WithTrailingTrivia(SyntaxFactory.Space));
    }

    // Behind the last layer; not where something in between may want the components registered.
    private static (string, Action<SyntaxEditor>)? Move(ExpressionStatementSyntax statement, ImmutableArray<LostAssignment> lost)
    {
        if (statement.Parent is not BlockSyntax block
            || lost.LastOrDefault() is not { } last
            || block.Statements.LastOrDefault(candidate => candidate.Span.Contains(last.Syntax.Span)) is not { } target
            || statement.ContainsDirectives)
        {
            return null;
        }

        var between = block.Statements.SkipWhile(candidate => candidate != statement).Skip(1).TakeWhile(candidate => candidate.SpanStart <= target.SpanStart).ToList();
        if (between.Any(candidate => candidate.DescendantNodes().Any(AsksForComponents)))
        {
            return null;
        }

        return ("Call RegisterComponents() after the last layer is assigned", Change);

        void Change(SyntaxEditor editor)
        {
            editor.RemoveNode(statement, SyntaxRemoveOptions.KeepNoTrivia);
            editor.InsertAfter(target, statement.WithLeadingTrivia(
                statement.GetLeadingTrivia().SkipWhile(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia))));
        }
    }

    // this.to(device), Initialize(this), parameters(), return
    private static bool AsksForComponents(SyntaxNode node) => node switch
    {
        ReturnStatementSyntax => true,
        ThisExpressionSyntax { Parent: MemberAccessExpressionSyntax { Parent: AssignmentExpressionSyntax assignment } access } => assignment.Left != access,
        ThisExpressionSyntax => true,
        InvocationExpressionSyntax { Expression: IdentifierNameSyntax name } => s_ofModule.Contains(name.Identifier.ValueText),
        _ => false,
    };

    private static (string, Action<SyntaxEditor>)? RegisterByName(ConstructorDeclarationSyntax constructor, ImmutableArray<LostAssignment> lost)
    {
        // A name can be registered once, and those that had a value before are.
        var fields = lost.Select(assignment => assignment.Field).ToList();
        if (constructor.Body is not { } body
            || fields.Distinct(SymbolEqualityComparer.Default).Count() != fields.Count
            || lost.Any(assignment => assignment.IsAdded || assignment.Syntax.Parent?.Parent != body || !IsUnset(assignment.Field, constructor)))
        {
            return null;
        }

        return ("Register what the constructor assigns with register_module", Change);

        void Change(SyntaxEditor editor)
        {
            foreach (var assignment in lost)
            {
                if (assignment.Syntax.Parent is ExpressionStatementSyntax anchor)
                {
                    var name = assignment.Field.Name;
                    var method = IsParameter(assignment.Field) ? "register_parameter" : "register_module";
                    editor.InsertAfter(anchor, SyntaxFactory.ParseStatement($"{method}(nameof({name}), {name});")
                        .WithLeadingTrivia(anchor.GetLeadingTrivia().LastOrDefault(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia)))
                        .WithTrailingTrivia(anchor.GetTrailingTrivia().Where(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia) || trivia.IsKind(SyntaxKind.WhitespaceTrivia))));
                }
            }
        }
    }

    private static bool IsParameter(ISymbol field) => field is IFieldSymbol { Type.Name: "Parameter" } or IPropertySymbol { Type.Name: "Parameter" };

    private static bool IsUnset(ISymbol field, ConstructorDeclarationSyntax constructor) =>
        field.GetAttributes().IsEmpty
        && field.DeclaringSyntaxReferences.All(reference =>
            reference.GetSyntax() is VariableDeclaratorSyntax { Initializer: null } or PropertyDeclarationSyntax { Initializer: null }
            && reference.GetSyntax().FirstAncestorOrSelf<TypeDeclarationSyntax>() == constructor.Parent);
}
