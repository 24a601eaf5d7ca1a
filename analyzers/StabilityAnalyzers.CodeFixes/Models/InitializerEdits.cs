using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>Ways to give layers another initialiser in the source; which of them works is found out by trying.</summary>
internal static class InitializerEdits
{
    /// <summary>A layer and the initialiser that it is to get.</summary>
    /// <param name="Node">Its node.</param>
    /// <param name="Initializer">The initialiser.</param>
    /// <param name="Activation">The activation that it is for.</param>
    internal sealed record Target(int Node, FittingInitializer Initializer, Activation Activation);

    private delegate bool Form(ModelSubject subject, ExtractedModel model, IReadOnlyList<Target> targets, SourceEdits edits);

    /// <summary>The ways, best first. Each adds its changes and says whether it could.</summary>
    /// <param name="targets">The nodes of the layers.</param>
    /// <param name="layers">How many layers these are; one may be called more than once.</param>
    public static IEnumerable<Func<ModelSubject, ExtractedModel, SourceEdits, bool>> Forms(IReadOnlyList<Target> targets, int layers)
    {
        var forms = layers <= 3
            ? new Form[] { ReplaceCalls, ReplaceCallsThatAreThere, ReplaceCallsAndAddOthers, CallForEachField, LoopOverModules }
            : [ReplaceCalls, ReplaceCallsThatAreThere, ReplaceCallsAndAddOthers, LoopOverModules, CallForEachField];
        return forms.Select(form => (Func<ModelSubject, ExtractedModel, SourceEdits, bool>)((subject, model, edits) => form(subject, model, targets, edits)));
    }

    /// <summary>The initialiser call, as text, that takes the place of one that is there, with the same weight.</summary>
    /// <param name="call">The call that is there.</param>
    /// <param name="target">What is wanted.</param>
    public static string? Replacement(SyntaxNode call, Target target)
    {
        if (call is not InvocationExpressionSyntax { Expression: var function } invocation
            || invocation.ArgumentList.Arguments.FirstOrDefault() is not { } weight)
        {
            return null;
        }

        // init.f(w): the name of the class as it stands there; with a static using there is none.
        var init = function is MemberAccessExpressionSyntax access ? access.Expression.ToString() : null;
        var distribution = function.ToString().EndsWith("normal_", StringComparison.Ordinal) ? "normal" : "uniform";
        var text = InitializerSyntax.Call(target.Initializer, target.Activation, weight.Expression.ToString(), init ?? "init", distribution);
        return init is null ? text.Replace("init.", "") : text;
    }

    // init.xavier_uniform_(fc.weight): every layer has such a call.
    private static bool ReplaceCalls(ModelSubject subject, ExtractedModel model, IReadOnlyList<Target> targets, SourceEdits edits) =>
        targets.All(target => CallOf(subject, model, target) is not null) && Replace(subject, model, targets, edits);

    // Some layers have such a call, and the default of the others does no harm.
    private static bool ReplaceCallsThatAreThere(ModelSubject subject, ExtractedModel model, IReadOnlyList<Target> targets, SourceEdits edits) =>
        Replace(subject, model, targets.Where(target => CallOf(subject, model, target) is not null).ToList(), edits);

    private static bool ReplaceCallsAndAddOthers(ModelSubject subject, ExtractedModel model, IReadOnlyList<Target> targets, SourceEdits edits) =>
        ReplaceCallsThatAreThere(subject, model, targets, edits)
        && CallForEachField(subject, model, targets.Where(target => CallOf(subject, model, target) is null).ToList(), edits);

    private static SyntaxNode? CallOf(ModelSubject subject, ExtractedModel model, Target target) =>
        model.Sites[target.Node]?.WeightCall?.Node is { } call && subject.Owns(call) ? call : null;

    private static bool Replace(ModelSubject subject, ExtractedModel model, IReadOnlyList<Target> targets, SourceEdits edits)
    {
        var calls = new Dictionary<SyntaxNode, string>();
        foreach (var target in targets)
        {
            if (CallOf(subject, model, target) is not { } call || Replacement(call, target) is not { } replacement
                || (calls.TryGetValue(call, out var known) && known != replacement))
            {
                return false;
            }

            if (!calls.ContainsKey(call))
            {
                calls[call] = replacement;
                edits.Replace(call.Span, replacement);
            }
        }

        return calls.Count > 0;
    }

    // init.kaiming_uniform_(fc0.weight, ...); for fields of a type that has a weight.
    private static bool CallForEachField(ModelSubject subject, ExtractedModel model, IReadOnlyList<Target> targets, SourceEdits edits)
    {
        // A call that is there would be overwritten and stay for nothing.
        if (subject.Type is not { } type || Constructors(subject) is not { Count: > 0 } constructors
            || targets.Any(target => CallOf(subject, model, target) is not null))
        {
            return false;
        }

        var init = new NameBinding(subject.Semantic, EndOf(constructors[0])).Init;
        var lines = new List<string>();
        foreach (var target in targets)
        {
            var path = model.Graph.Nodes[target.Node].Path ?? "";
            var member = type.GetMembers(path).FirstOrDefault();
            var declared = (member as IFieldSymbol)?.Type ?? (member as IPropertySymbol)?.Type;
            if (member is null || declared is null || !HasWeight(declared))
            {
                return false;
            }

            lines.Add(InitializerSyntax.Call(target.Initializer, target.Activation, member.Name + ".weight", init) + ";");
        }

        foreach (var constructor in constructors)
        {
            edits.Append(constructor, lines.Distinct());
        }

        return true;
    }

    private static bool HasWeight(ITypeSymbol type)
    {
        for (var t = type; t is not null; t = t.BaseType)
        {
            if (t.GetMembers("weight").OfType<IPropertySymbol>().Any())
            {
                return true;
            }
        }

        return false;
    }

    // foreach (var module in modules()) { if (module is Linear linear) { ... } }
    private static bool LoopOverModules(ModelSubject subject, ExtractedModel model, IReadOnlyList<Target> targets, SourceEdits edits)
    {
        if (targets.Any(target => CallOf(subject, model, target) is not null))
        {
            return false;
        }

        if (subject.Type is not null)
        {
            var constructors = Constructors(subject);
            foreach (var constructor in constructors)
            {
                if (Loop(subject, model, targets, "modules()", EndOf(constructor)) is not { } lines)
                {
                    return false;
                }

                edits.Append(constructor, lines);
            }

            return constructors.Count > 0;
        }

        // => Sequential(...) or return Sequential(...): the container gets a name.
        var name = NameBinding.FreeName(subject.Code, "model");
        if (model.Creation is { Parent: ReturnStatementSyntax or ArrowExpressionClauseSyntax } returned)
        {
            return Loop(subject, model, targets, name + ".modules()", returned.SpanStart) is { } body
                && edits.InsertBeforeReturnOf(returned, name, body);
        }

        if (Variable(model.Creation) is not (var variable, { } anchor) || Loop(subject, model, targets, variable + ".modules()", anchor.SpanStart) is not { } loop)
        {
            return false;
        }

        edits.InsertAfter(anchor, loop);
        return true;
    }

    private static List<string>? Loop(ModelSubject subject, ExtractedModel model, IReadOnlyList<Target> targets, string modules, int position)
    {
        var names = new NameBinding(subject.Semantic, position);
        var calls = new Dictionary<string, string>();
        foreach (var target in targets)
        {
            var kind = model.Graph.Nodes[target.Node].Operation.Kind;
            var variable = NameBinding.FreeName(subject.Code, char.ToLowerInvariant(kind[0]) + kind.Substring(1));
            var test = $"is {names.Layer(kind)} {variable})";
            var call = InitializerSyntax.Call(target.Initializer, target.Activation, variable + ".weight", names.Init) + ";";
            if (calls.TryGetValue(test, out var known) && known != call)
            {
                return null;
            }

            calls[test] = call;
        }

        var module = NameBinding.FreeName(subject.Code, "module");
        var lines = new List<string> { $"foreach (var {module} in {modules})", "{" };
        foreach (var pair in calls)
        {
            lines.Add($"    {(lines.Count > 2 ? "else if" : "if")} ({module} {pair.Key}");
            lines.AddRange(["    {", "        " + pair.Value, "    }"]);
        }

        lines.Add("}");
        return lines;
    }

    /// <summary>The constructors of a class that initialise its fields.</summary>
    internal static List<ConstructorDeclarationSyntax> Constructors(ModelSubject subject) => subject.Code is TypeDeclarationSyntax declaration
        ? declaration.Members.OfType<ConstructorDeclarationSyntax>()
            .Where(constructor => !constructor.Modifiers.Any(modifier => modifier.ValueText == "static")
                && constructor.Initializer?.ThisOrBaseKeyword.ValueText != "this"
                && (constructor.Body is not null || constructor.ExpressionBody is not null))
            .ToList()
        : [];

    /// <summary>A position in a constructor where its locals are in scope.</summary>
    internal static int EndOf(ConstructorDeclarationSyntax constructor) =>
        constructor.Body?.CloseBraceToken.SpanStart ?? constructor.ExpressionBody?.Expression.SpanStart ?? constructor.SpanStart;

    // var model = Sequential(...); and what is appended to it right behind.
    private static (string Name, StatementSyntax? Anchor) Variable(SyntaxNode? creation)
    {
        if (creation?.FirstAncestorOrSelf<VariableDeclaratorSyntax>() is not { Parent.Parent: LocalDeclarationStatementSyntax declaration } variable)
        {
            return ("", null);
        }

        var name = variable.Identifier.ValueText;
        StatementSyntax anchor = declaration;
        foreach (var next in Following(declaration))
        {
            if (!Appends(next, name))
            {
                break;
            }

            anchor = next;
        }

        return (name, anchor);
    }

    private static IEnumerable<StatementSyntax> Following(StatementSyntax statement) => statement.Parent switch
    {
        BlockSyntax block => block.Statements.SkipWhile(other => other != statement).Skip(1),
        GlobalStatementSyntax { Parent: CompilationUnitSyntax unit } =>
            unit.Members.OfType<GlobalStatementSyntax>().Select(member => member.Statement).SkipWhile(other => other != statement).Skip(1),
        _ => [],
    };

    private static bool Appends(SyntaxNode statement, string name) => statement.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(call =>
        call.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "append" or "Add", Expression: IdentifierNameSyntax receiver }
        && receiver.Identifier.ValueText == name);
}
