namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>Writes a block that repeats, in one of the ways in which people hold repeated layers.</summary>
/// <param name="target">The class.</param>
/// <param name="choice">Decides the rest.</param>
/// <param name="dialect">How the file spells names.</param>
/// <param name="types">Other types of the file; a class for the block is added.</param>
internal sealed class BlockWriter(ClassWriter target, Choice choice, Dialect dialect, List<string> types)
{
    /// <summary>A layout that fits the block.</summary>
    public static Layout LayoutFor(IReadOnlyList<Step> block, int count, Choice choice)
    {
        var isChain = block.All(step => step is ModuleStep { IsPlain: true });
        var layouts = new List<(double, Layout)> { (2, Layout.ModuleLists), (2, Layout.BlockList), (1, Layout.BlockSequential) };
        if (Step.DepthOf(block) * count <= 14)
        {
            layouts.Add((isChain ? 3 : 2, Layout.Fields));
        }

        if (isChain)
        {
            layouts.AddRange([(3, Layout.SequentialFromList), (1, Layout.SequentialAppend), (1, Layout.HelperMethod)]);
            layouts.AddRange(block.Count * count <= 30 ? [(3, Layout.SequentialTuples), (2, Layout.SequentialModules)] : []);
            layouts.AddRange(block.All(step => step is ModuleStep { Initialize.Count: 0 }) ? [(0.7, Layout.SequentialFromQuery)] : []);
        }

        return choice.Weighted([.. layouts]);
    }

    /// <summary>Writes the blocks into the class.</summary>
    /// <param name="block">One block.</param>
    /// <param name="count">How many follow each other.</param>
    /// <param name="layout">How the class holds them.</param>
    /// <param name="variable">The variable of <c>forward</c> that holds the tensor.</param>
    /// <returns>The variable that holds the result.</returns>
    public string Write(IReadOnlyList<Step> block, int count, Layout layout, string variable)
    {
        switch (layout)
        {
            case Layout.Fields:
                var forward = new ForwardWriter(target, target, choice, target.Forward);
                for (var i = 0; i < count; i++)
                {
                    variable = forward.WriteToVariable(block, variable, mayChange: true);
                }

                return variable;
            case Layout.ModuleLists:
                return ModuleLists(block, variable);
            case Layout.BlockList:
                return BlockList(BlockClass(block), variable);
            case Layout.BlockSequential:
                return Sequential([BlockClass(block)], count, choice.Of(Layout.SequentialFromList, Layout.SequentialAppend), variable);
            default:
                return Sequential([.. block.Cast<ModuleStep>()], count, layout, variable);
        }
    }

    private string Sequential(IReadOnlyList<ModuleStep> block, int count, Layout layout, string variable)
    {
        var field = dialect.FieldPrefix + target.Unique(choice.Of("layers", "net", "stack", "blocks"));
        target.Field(choice.Of("Sequential", "@nn.Module<Tensor, Tensor>"), field);
        var body = target.Constructor;
        switch (layout)
        {
            case Layout.SequentialTuples:
            case Layout.SequentialModules:
                var items = new List<string>();
                for (var i = 0; i < count; i++)
                {
                    items.AddRange(block.Select(step => layout == Layout.SequentialTuples
                        ? $"(\"{step.Name}{i}\", {target.Create(step, body)})"
                        : target.Create(step, body)));
                }

                body.Add($"{field} = @nn.Sequential(\n{string.Join(",\n", items)});");
                break;
            case Layout.SequentialFromList:
                var list = target.Unique("modules");
                body.Add($"var {list} = new List<(string, @nn.Module<Tensor, Tensor>)>();");
                Loop(body, block, (step, made, i) => $"{list}.Add(($\"{step.Name}{{{i}}}\", {made}));");
                body.Add($"{field} = @nn.Sequential({list});");
                break;
            case Layout.SequentialAppend:
                var made = target.Unique("sequence");
                body.Add($"var {made} = @nn.Sequential();");
                Loop(body, block, (step, module, i) => $"{made}.append($\"{step.Name}{{{i}}}\", {module});");
                body.Add($"{field} = {made};");
                break;
            case Layout.SequentialFromQuery:
                body.Add($"{field} = @nn.Sequential(Enumerable.Range(0, $D).Select(i => {Block(block, [])}).{choice.Of("ToArray", "ToList")}());");
                break;
            default:
                var blocks = target.Unique("parts");
                body.Add($"var {blocks} = new List<@nn.Module<Tensor, Tensor>>();");
                body.Add($"for (var i = 0; i < $D; i++)\n{{\n{blocks}.Add(MakeBlock($W));\n}}");
                body.Add($"{field} = @nn.Sequential({blocks});");
                var inside = new List<string>();
                var result = Block(block, inside);
                inside.Add($"return {result};");
                target.Member($"private static @nn.Module<Tensor, Tensor> MakeBlock(long size)\n{{\n{string.Join('\n', inside)}\n}}\n".Replace("$W", "size", StringComparison.Ordinal));
                break;
        }

        target.Forward.Add($"{variable} = {field}.call({variable});");
        return variable;
    }

    private string Block(IReadOnlyList<ModuleStep> block, List<string> statements)
    {
        var parts = block.Select(step => target.Create(step, statements)).ToList();
        return parts.Count == 1 ? $"(@nn.Module<Tensor, Tensor>){parts[0]}" : $"(@nn.Module<Tensor, Tensor>)@nn.Sequential({string.Join(", ", parts)})";
    }

    private void Loop(List<string> body, IReadOnlyList<ModuleStep> block, Func<ModuleStep, string, string, string> add)
    {
        var i = choice.Of("i", "layer", "n");
        body.Add($"for (var {i} = 0; {i} < $D; {i}++)\n{{");
        foreach (var step in block)
        {
            var module = target.Create(step, body);
            body.Add(add(step, module, i));
        }

        body.Add("}");
    }

    private string ModuleLists(IReadOnlyList<Step> block, string variable)
    {
        var lists = new LoopModules(target, choice, dialect);
        var statements = new List<string>();
        var result = new ForwardWriter(lists, target, choice, statements).Write(block, variable, mayChange: true);
        target.Constructor.Add($"for (var i = 0; i < $D; i++)\n{{");
        target.Constructor.AddRange(lists.Statements);
        target.Constructor.Add("}");
        target.Forward.Add($"for (var i = 0; i < {(choice.Chance(0.7) && lists.First is { } first ? first + ".Count" : "$D")}; i++)\n{{".Replace("$D", DepthInForward(lists), StringComparison.Ordinal));
        target.Forward.AddRange(statements);
        if (result != variable)
        {
            target.Forward.Add($"{variable} = {result};");
        }

        target.Forward.Add("}");
        return variable;
    }

    // A parameter of the constructor is out of reach in forward.
    private string DepthInForward(LoopModules lists) =>
        target.Constants.ReachFields ? "$D" : (lists.First ?? throw new InvalidOperationException("A loop without modules.")) + ".Count";

    private string BlockList(ModuleStep block, string variable)
    {
        var list = dialect.FieldPrefix + target.Unique("blocks");
        var element = choice.Of(block.Type, "@nn.Module<Tensor, Tensor>");
        target.Field($"ModuleList<{element}>", list, $"new ModuleList<{element}>()");
        target.Constructor.Add($"for (var i = 0; i < $D; i++)\n{{\n{list}.Add({block.Create});\n}}");
        target.Forward.Add($"foreach (var block in {list})\n{{\n{variable} = block.call({variable});\n}}");
        return variable;
    }

    private ModuleStep BlockClass(IReadOnlyList<Step> block)
    {
        var name = choice.Of("Block", "ResidualBlock", "Layer", "Unit") + types.Count;
        var writer = new ClassWriter(name, choice, dialect, new ClassConstants(ConstantStyle.Parameter, target.Constants.Width, null));
        var result = new ForwardWriter(writer, writer, choice, writer.Forward).Write(block, "x", mayChange: true);
        writer.Forward.Add($"return {result};");
        types.Add(writer.Write());
        return new ModuleStep(name.ToLowerInvariant(), name, $"new {name}($W)", Step.DepthOf(block));
    }

    /// <summary>Modules inside a loop: a list for each layer with weights, one shared module for what has none.</summary>
    private sealed class LoopModules(ClassWriter target, Choice choice, Dialect dialect) : IModules
    {
        internal List<string> Statements { get; } = [];

        internal string? First { get; private set; }

        public string Add(ModuleStep step)
        {
            if (step.Layers == 0 && step.Functions.Count > 0)
            {
                return target.Shared(step);
            }

            var list = dialect.FieldPrefix + target.Unique(step.Name + "s");
            var element = !step.IsPlain || choice.Chance(0.5) ? step.Type : "@nn.Module<Tensor, Tensor>";
            target.Field($"ModuleList<{element}>", list, choice.Of($"new ModuleList<{element}>()", "new()"));
            Statements.Add($"{list}.Add({target.Create(step, Statements)});");
            First ??= list;
            return $"{list}[i]";
        }
    }
}
