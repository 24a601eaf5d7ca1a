using System.Text;

namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>Writes a plan as a file of C#.</summary>
internal static class ModelWriter
{
    /// <summary>The model, in a style that the seed decides.</summary>
    public static GeneratedModel Write(Plan plan, int seed, Choice choice)
    {
        var dialect = Dialect.Random(choice);
        var constants = new ClassConstants(
            choice.Weighted((4, ConstantStyle.Literal), (3, ConstantStyle.Parameter), (2, ConstantStyle.DefaultParameter), (2, ConstantStyle.Constant), (1, ConstantStyle.Options)),
            plan.Width,
            plan.Count);
        var types = new List<string>();

        // A stream of its own: what it decides leaves the rest of the model as it is.
        var extras = new Choice(~seed);
        var hasBase = extras.Chance(0.15);
        if (hasBase)
        {
            types.Add("public abstract class Backbone : @nn.Module<Tensor, Tensor>\n{\nprotected Backbone(string name) : base(name)\n{\n}\n}\n");
        }

        var net = new ClassWriter("Net", choice, dialect, constants, hasBase ? "Backbone" : "@nn.Module<Tensor, Tensor>");
        var layout = BlockWriter.LayoutFor(plan.Block, plan.Count, choice);

        var hasScope = choice.Chance(0.2);
        if (hasScope)
        {
            net.Forward.Add($"using var scope = {choice.Of("torch.NewDisposeScope()", "NewDisposeScope()")};");
        }

        var forward = new ForwardWriter(net, net, choice, net.Forward);
        var x = forward.WriteToVariable(plan.Stem, "x", mayChange: true);
        x = new BlockWriter(net, choice, dialect, types).Write(plan.Block, plan.Count, layout, x);
        x = WriteTail(plan.Tail, x, net, forward, choice, extras);
        net.Forward.Add(hasScope ? $"return {x}.{choice.Of("MoveToOuterDisposeScope", "DetachFromDisposeScope")}();" : $"return {x};");
        if (plan.Initialization is { } initialization)
        {
            GlobalInitializationWriter.Write(initialization, net, choice);
        }

        types.Add(net.Write());
        if (constants.Type is { } type)
        {
            types.Add(type);
        }

        types.Add($"public static class Samples\n{{\npublic static @nn.Module<Tensor, Tensor> Create() => new Net({constants.Arguments});\n}}\n");
        var source = Indent(dialect.Spell(string.Join('\n', types)));
        return new GeneratedModel(
            seed,
            plan.Group,
            plan.Kind,
            $"{layout}, sizes as {constants.Style}, {(dialect.CallsForward ? "forward" : "call")}",
            dialect.CallsForward ? source.Replace(".call(", ".forward(", StringComparison.Ordinal) : source,
            plan.Input,
            plan.Depth,
            plan.Terms ?? plan.Width,
            plan.NormalizesOverBatch)
        {
            NormScale = plan.NormScale,
        };
    }

    // In forward itself, in a method of its own, or behind a test for training that changes nothing.
    private static string WriteTail(IReadOnlyList<Step> tail, string x, ClassWriter net, ForwardWriter forward, Choice choice, Choice extras)
    {
        switch (extras.Weighted((6, "here"), (2, "method"), (1, "local function"), (1, "flag")))
        {
            case "method":
                var statements = new List<string>();
                var result = new ForwardWriter(net, net, choice, statements).Write(tail, "features", mayChange: true);
                net.Member($"private Tensor Classify(Tensor features)\n{{\n{string.Concat(statements.Select(statement => statement + "\n"))}return {result};\n}}\n");
                return $"Classify({x})";
            case "local function":
                var inside = new List<string>();
                var local = new ForwardWriter(net, net, choice, inside).Write(tail, "z", mayChange: true);
                net.Forward.Add($"Tensor Head(Tensor z)\n{{\n{string.Concat(inside.Select(statement => statement + "\n"))}return {local};\n}}");
                return $"Head({x})";
            case "flag":
                net.Forward.Add($"if (training)\n{{\n{x} = {x}.contiguous();\n}}");
                return forward.Write(tail, x, mayChange: true);
            default:
                return forward.Write(tail, x, mayChange: true);
        }
    }

    // Four spaces for each open brace or parenthesis at the end of a line.
    private static string Indent(string code)
    {
        var result = new StringBuilder();
        var depth = 0;
        foreach (var line in code.Split('\n'))
        {
            if (line.StartsWith('}'))
            {
                depth--;
            }

            result.Append(line.Length == 0 ? "" : new string(' ', 4 * depth)).Append(line).Append('\n');
            depth += line == "{" ? 1 : line.EndsWith('(') ? 1 : line.EndsWith(");", StringComparison.Ordinal) && Opens(line) < 0 ? -1 : 0;
        }

        return result.ToString().TrimEnd('\n') + "\n";
    }

    private static int Opens(string line) => line.Count(c => c == '(') - line.Count(c => c == ')');
}
