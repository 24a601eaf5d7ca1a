namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>Writes the statements that take a tensor through a chain of steps.</summary>
/// <param name="modules">Where its modules come from.</param>
/// <param name="names">The class, for names of variables.</param>
/// <param name="choice">Decides how.</param>
/// <param name="statements">Where the statements go.</param>
internal sealed class ForwardWriter(IModules modules, ClassWriter names, Choice choice, List<string> statements)
{
    /// <summary>Writes a chain.</summary>
    /// <param name="steps">The chain.</param>
    /// <param name="variable">The variable that holds the tensor.</param>
    /// <param name="mayChange">True if the variable may be given another value.</param>
    /// <returns>The expression of the result.</returns>
    public string Write(IReadOnlyList<Step> steps, string variable, bool mayChange)
    {
        var current = variable;
        foreach (var step in steps)
        {
            // What reads the tensor more than once needs it in a variable.
            if (step is not (ModuleStep { IsPlain: true } or FunctionStep) || step is FunctionStep { Forms.Length: > 2 } || choice.Chance(0.6))
            {
                current = Keep(current, variable, mayChange);
            }

            current = Apply(step, current);
        }

        return current;
    }

    /// <summary>Writes a chain whose result is in a variable.</summary>
    public string WriteToVariable(IReadOnlyList<Step> steps, string variable, bool mayChange) =>
        Keep(Write(steps, variable, mayChange), variable, mayChange);

    // The expression in a variable: the one that is there already, or a new one.
    private string Keep(string expression, string variable, bool mayChange)
    {
        if (expression.All(c => char.IsLetterOrDigit(c) || c == '_'))
        {
            return expression;
        }

        if (mayChange && choice.Chance(0.6))
        {
            statements.Add($"{variable} = {expression};");
            return variable;
        }

        var local = names.Unique("h");
        statements.Add($"var {local} = {expression};");
        return local;
    }

    private string Apply(Step step, string x) => step switch
    {
        ModuleStep module => Apply(module, x),
        FunctionStep function => string.Format(choice.Of(function.Forms), x),
        ResidualStep residual => Apply(residual, x),
        ConcatenationStep concatenation => Apply(concatenation, x),
        GateStep gate => Apply(gate, x),
        PairStep pair => string.Format(pair.Module.Call, WriteApart(pair.Left, x), modules.Add(pair.Module), WriteApart(pair.Right, x)),
        CellLoopStep loop => Apply(loop, x),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    private string Apply(ModuleStep step, string x) => step.Functions.Count > 0 && choice.Chance(0.4)
        ? string.Format(choice.Of([.. step.Functions]), x)
        : string.Format(step.Call, x, modules.Add(step));

    private string Apply(ResidualStep step, string x)
    {
        var branch = WriteApart(step.Branch, x);
        if (step.Scale is { } scale)
        {
            return choice.Of($"({x} + {scale} * {Parenthesized(branch)})", $"({Parenthesized(branch)} * {scale} + {x})", $"{x}.add({branch}.mul({scale}))");
        }

        if (choice.Chance(0.2))
        {
            var sum = names.Unique("sum");
            statements.Add($"var {sum} = {branch};");
            statements.Add($"{sum} += {x};");
            return sum;
        }

        return choice.Of($"({x} + {branch})", $"({branch} + {x})", $"{x}.add({branch})", $"@torch.add({x}, {branch})");
    }

    private string Apply(ConcatenationStep step, string x)
    {
        var left = WriteApart(step.Left, x);
        var right = WriteApart(step.Right, x);
        return choice.Of(
            $"@torch.cat(new[] {{ {left}, {right} }}, {step.Dimension})",
            $"@torch.cat(new List<Tensor> {{ {left}, {right} }}, dim: {step.Dimension})",
            $"@torch.cat([{left}, {right}], {step.Dimension})");
    }

    private string Apply(GateStep step, string x)
    {
        var value = WriteApart(step.Value, x);
        var gate = WriteApart(step.Gate, x);
        var opened = choice.Of($"@torch.sigmoid({gate})", $"@f.sigmoid({gate})", $"{Parenthesized(gate)}.sigmoid()");
        if (!step.IsHighway)
        {
            return choice.Of($"({value} * {opened})", $"({opened} * {value})");
        }

        var t = names.Unique("t");
        statements.Add($"var {t} = {opened};");
        return choice.Of($"({t} * {value} + (1 - {t}) * {x})", $"({value} * {t} + {x} * (1.0f - {t}))");
    }

    private string Apply(CellLoopStep step, string x)
    {
        var cell = modules.Add(step.Cell);
        var hidden = names.Unique("hidden");
        var at = names.Unique("time");
        var slice = choice.Of($"{x}.select(1, {at})", $"{x}[.., {at}]", $"{x}[TensorIndex.Colon, {at}]");
        var states = step.IsStacked ? names.Unique("states") : null;
        if (states is not null)
        {
            statements.Add($"var {states} = new List<Tensor>();");
        }

        string Keep(string state) => states is null ? "" : $"{states}.Add({state});\n";
        if (step.HasCellState)
        {
            var pair = names.Unique("state");
            // The cell of 0.107 throws without a state.
            var size = step.StateSize;
            statements.Add($"var {pair} = (@torch.zeros({x}.shape[0], {size}), @torch.zeros({x}.shape[0], {size}));");
            statements.Add($"for (var {at} = 0; {at} < {step.Steps}; {at}++)\n{{\n{pair} = {cell}.call({slice}, {pair});\n{Keep(pair + ".Item1")}}}");
            statements.Add($"var {hidden} = {pair}.Item1;");
        }
        else
        {
            statements.Add($"Tensor {hidden} = null;");
            statements.Add($"for (var {at} = 0; {at} < {step.Steps}; {at}++)\n{{\n{hidden} = {cell}.call({slice}, {hidden});\n{Keep(hidden)}}}");
        }

        if (states is not null)
        {
            return choice.Of($"@torch.stack({states}, 1)", $"@torch.stack({states}, dim: 1)", $"@torch.cat({states}.Select(state => state.unsqueeze(1)).ToList(), 1)");
        }

        return hidden;
    }

    // A chain beside others: it leaves the variable as it is.
    private string WriteApart(IReadOnlyList<Step> steps, string x) => Write(steps, x, mayChange: false);

    private static string Parenthesized(string expression) =>
        expression.Contains(' ', StringComparison.Ordinal) && expression[0] != '(' ? $"({expression})" : expression;
}
