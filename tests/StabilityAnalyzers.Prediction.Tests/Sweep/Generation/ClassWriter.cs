using System.Text;

namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>Gives <c>forward</c> the modules that it calls.</summary>
internal interface IModules
{
    /// <summary>Makes a module part of the class, and returns the expression by which <c>forward</c> reaches it.</summary>
    string Add(ModuleStep step);
}

/// <summary>Writes a class that derives from <c>Module&lt;Tensor, Tensor&gt;</c>.</summary>
/// <param name="name">Name of the class.</param>
/// <param name="choice">Decides how.</param>
/// <param name="dialect">How the file spells names.</param>
/// <param name="constants">Its sizes.</param>
/// <param name="baseName">Name of the class that it derives from.</param>
internal sealed class ClassWriter(
    string name, Choice choice, Dialect dialect, ClassConstants constants, string baseName = "@nn.Module<Tensor, Tensor>") : IModules
{
    private readonly List<string> fields = [.. constants.Fields];
    private readonly Dictionary<string, int> counts = [];
    private readonly Dictionary<string, string> shared = [];
    private readonly List<string> members = [];

    /// <summary>Statements of the constructor, before the registration.</summary>
    public List<string> Constructor { get; } = [];

    /// <summary>Statements of the constructor, behind the registration.</summary>
    public List<string> AfterRegistration { get; } = [];

    /// <summary>Statements of <c>forward</c>.</summary>
    public List<string> Forward { get; } = [];

    /// <summary>Its sizes.</summary>
    public ClassConstants Constants => constants;

    /// <summary>A name that nothing else in the class has.</summary>
    public string Unique(string hint)
    {
        counts[hint] = counts.TryGetValue(hint, out var count) ? count + 1 : 0;
        return hint + counts[hint];
    }

    /// <inheritdoc/>
    public string Add(ModuleStep step)
    {
        var field = dialect.FieldPrefix + Unique(step.Name);
        var isTyped = !step.IsPlain || choice.Chance(0.5);
        var isInline = step.Initialize.Count == 0 && choice.Chance(0.25)
            && (constants.ReachFields || !step.Create.Contains('$', StringComparison.Ordinal));
        if (isInline)
        {
            Field(isTyped ? step.Type : "@nn.Module<Tensor, Tensor>", field, step.Create);
            return field;
        }

        Field(isTyped ? step.Type : "@nn.Module<Tensor, Tensor>", field);
        if (isTyped)
        {
            Constructor.Add($"{field} = {step.Create};");
            Constructor.AddRange(step.Initialize.Select(statement => string.Format(statement, field)));
        }
        else
        {
            Constructor.Add($"{field} = {Create(step, Constructor)};");
        }

        return field;
    }

    /// <summary>The expression that makes a module; statements that must come before it are added to a list.</summary>
    public string Create(ModuleStep step, List<string> statements)
    {
        if (step.Initialize.Count == 0)
        {
            return step.Create;
        }

        var local = Unique(step.Name + "Layer");
        statements.Add($"var {local} = {step.Create};");
        statements.AddRange(step.Initialize.Select(statement => string.Format(statement, local)));
        return local;
    }

    /// <summary>A module without weights that is used in many places.</summary>
    public string Shared(ModuleStep step)
    {
        if (!shared.TryGetValue(step.Create, out var field))
        {
            shared[step.Create] = field = Add(step);
        }

        return field;
    }

    /// <summary>Adds a field, with its value or without.</summary>
    public void Field(string type, string field, string? value = null) =>
        fields.Add($"private readonly {type} {field}{(value is null ? "" : " = " + value)};");

    /// <summary>Adds a method or a nested type.</summary>
    public void Member(string code) => members.Add(code);

    /// <summary>The class as code, constants filled in.</summary>
    public string Write()
    {
        var code = new StringBuilder();
        code.Append($"public class {name} : {baseName}\n{{\n");
        fields.ForEach(field => code.Append(field).Append('\n'));
        code.Append($"\npublic {name}({constants.Parameters}) : base({(choice.Chance(0.7) ? $"nameof({name})" : $"\"{name}\"")})\n{{\n");
        Constructor.ForEach(statement => code.Append(statement).Append('\n'));
        code.Append("RegisterComponents();\n");
        AfterRegistration.ForEach(statement => code.Append(statement).Append('\n'));
        code.Append("}\n\npublic override Tensor forward(Tensor x)");
        if (Forward is [var only] && only.StartsWith("return ", StringComparison.Ordinal))
        {
            code.Append(" => ").Append(only["return ".Length..]).Append('\n');
        }
        else
        {
            code.Append("\n{\n");
            Forward.ForEach(statement => code.Append(statement).Append('\n'));
            code.Append("}\n");
        }

        members.ForEach(member => code.Append('\n').Append(member));
        code.Append("}\n");
        return constants.Fill(code.ToString());
    }
}
