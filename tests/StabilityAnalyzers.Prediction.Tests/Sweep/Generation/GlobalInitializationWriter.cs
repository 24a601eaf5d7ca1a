namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>Writes the initialisation of a whole model, behind the registration of its modules.</summary>
internal static class GlobalInitializationWriter
{
    /// <summary>Adds it to a class, in one of the usual ways.</summary>
    public static void Write(GlobalInitialization initialization, ClassWriter target, Choice choice)
    {
        var body = target.AfterRegistration;
        var way = choice.Weighted((4, "is"), (2, "switch"), (2, "names"), (1, "parameters"), (2, "apply"));
        if (initialization.Bias is not null && way is "parameters")
        {
            way = "is";
        }

        switch (way)
        {
            case "is":
                body.Add($"foreach (var module in {choice.Of("modules()", "this.modules()", "named_modules().Select(pair => pair.module)")})\n{{");
                body.AddRange(initialization.Types.Select((type, i) => $"{(i > 0 ? "else " : "")}if (module is {type} layer{i})\n{{\n{Statements(initialization, "layer" + i)}}}"));
                body.Add("}");
                break;
            case "switch":
                body.Add("foreach (var module in modules())\n{\nswitch (module)\n{");
                body.AddRange(initialization.Types.Select((type, i) => $"case {type} layer{i}:\n{Statements(initialization, "layer" + i)}break;"));
                body.Add("}\n}");
                break;
            case "names":
                var isMatrix = initialization.HasNorms ? " && parameter.dim() > 1" : "";
                body.Add($"foreach (var (name, parameter) in named_parameters())\n{{\nif (name.EndsWith(\"weight\"){isMatrix})\n{{\n{string.Format(initialization.Weight, "parameter")}\n}}");
                if (initialization.Bias is { } bias)
                {
                    body.Add($"else if (name.{choice.Of("EndsWith", "Contains")}(\"bias\"))\n{{\n{string.Format(bias, "parameter")}\n}}");
                }

                body.Add("}");
                break;
            case "parameters":
                body.Add($"foreach (var p in parameters())\n{{\nif ({choice.Of("p.dim() > 1", "p.shape.Length > 1", "p.ndim >= 2")})\n{{\n{string.Format(initialization.Weight, "p")}\n}}\n}}");
                break;
            default:
                body.Add("apply(InitializeWeights);");
                target.Member("private static void InitializeWeights(@nn.Module module)\n{\n"
                    + string.Concat(initialization.Types.Select((type, i) => $"if (module is {type} layer{i})\n{{\n{Statements(initialization, "layer" + i)}}}\n"))
                    + "}\n");
                break;
        }
    }

    private static string Statements(GlobalInitialization initialization, string layer) =>
        string.Format(initialization.Weight, layer + ".weight") + "\n"
        + (initialization.Bias is { } bias ? string.Format(bias, layer + ".bias") + "\n" : "");
}
