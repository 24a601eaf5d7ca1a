using StabilityAnalyzers.Tests.Sweep.Generation;

namespace StabilityAnalyzers.Tests.Fixes;

/// <summary>
/// Makes models that a rule is right to report, as source in the same styles as the sweep: stacks that shrink or grow the
/// gradient, initialisers that do not fit, layers without anything between.
/// </summary>
internal static class FaultyModels
{
    private static readonly string[] s_faults = ["vanishes", "vanishes", "vanishes", "small weights", "large weights", "residual", "linear", "convolutions"];

    /// <summary>The model of a seed.</summary>
    public static GeneratedModel Generate(int seed)
    {
        var choice = new Choice(seed);
        var plan = Fault(choice, seed) switch
        {
            "recurrent" => Recurrent(choice),
            "useless" => Stack(choice, 64, choice.Between(6, 12), Step("relu", "ReLU"), "kaiming_uniform_({0}, nonlinearity: @init.NonlinearityType.ReLU)", true),
            "constant" => Stack(choice, 64, choice.Between(2, 6), Saturating(choice), choice.Of("constant_({0}, 0.1)", "ones_({0})", "constant_({0}, 0.01)"), choice.Chance(0.5)),
            "vanishes" => Stack(choice, choice.Of(32, 64, 96), choice.Between(8, 16), Saturating(choice), null, choice.Chance(0.3)),
            "small weights" => Stack(choice, 64, choice.Between(5, 12), ActivationPool.Common(choice), choice.Of("normal_({0}, 0, 0.05)", "uniform_({0}, -0.05, 0.05)", "xavier_uniform_({0}, gain: 0.3)"), choice.Chance(0.4)),
            "large weights" => Stack(choice, 64, choice.Between(6, 14), Step("relu", "ReLU"), choice.Of("normal_({0}, 0, 0.4)", "uniform_({0}, -0.6, 0.6)", "normal_({0})"), choice.Chance(0.4)),
            "residual" => Residual(choice),
            "linear" => Linear(choice),
            _ => Convolutions(choice),
        };
        var model = ModelWriter.Write(plan, seed, choice);
        return Fault(new Choice(seed), seed) == "useless" ? model with { Source = RegisteredLast(model.Source) } : model;
    }

    // Of ten models one with a recurrent layer, and one with an initialiser that does nothing or too much.
    private static string Fault(Choice choice, int seed) =>
        (seed % 10) switch { 0 => "recurrent", 3 or 8 => "convolutions", 5 => seed % 20 == 5 ? "useless" : "constant", _ => choice.Of(s_faults) };

    // Nothing is registered yet when the loop over the modules runs.
    private static string RegisteredLast(string source)
    {
        const string Registration = "RegisterComponents();";
        var at = source.IndexOf(Registration, source.IndexOf("class Net ", StringComparison.Ordinal), StringComparison.Ordinal);
        var start = source.LastIndexOf('\n', at) + 1;
        var indentation = source[start..at];
        var end = source.IndexOf($"\n{indentation[4..]}}}\n", at, StringComparison.Ordinal) + 1;
        return source[..start] + source[(at + Registration.Length + 1)..end] + indentation + Registration + "\n" + source[end..];
    }

    // The rules report only what is within the length of the sequence.
    private static Plan Recurrent(Choice choice)
    {
        var type = choice.Of("LSTM", "LSTM", "RNN");
        var relu = type == "RNN" && choice.Chance(0.5) ? ", nonLinearity: @nn.NonLinearities.ReLU" : "";
        var (inputs, steps, layers) = (choice.Of(8, 16, 64), choice.Of(14, 28, 50), choice.Weighted((3, 1), (1, 2)));
        return new(
            "recurrent",
            $"{type}{(relu.Length > 0 ? " of ReLU" : "")}, {layers} layers, {steps} steps",
            new([16, steps, inputs]),
            choice.Of(32, 64, 128),
            [
                new FunctionStep($"{{0}}.view(-1, {steps}, {inputs})", $"{{0}}.reshape(-1, {steps}, {inputs})"),
                new ModuleStep("rnn", type, $"@nn.{type}({inputs}, $W, {layers}{relu}, batchFirst: true)", layers) { Call = "{1}.call({0}, null).Item1" },
            ],
            [Layers.Linear("$W", "$W"), Step("tanh", "Tanh")],
            1,
            [Layers.Linear("$W", "16", name: "head")]);
    }

    private static Plan Stack(Choice choice, int width, int count, ModuleStep activation, string? initializer, bool isGlobal)
    {
        var statement = initializer is null ? null : $"@init.{initializer};";
        var local = isGlobal ? null : statement;
        return new(
            "stack",
            $"{count + 1} linear, {activation.Type}, {initializer ?? "default"}",
            new([64, width]),
            width,
            [Layers.Linear("$W", "$W", local, name: "input"), activation],
            [Layers.Linear("$W", "$W", local), activation],
            count,
            [Layers.Linear("$W", "16", name: "head")])
        {
            Initialization = isGlobal && statement is not null ? new GlobalInitialization(["Linear"], statement, null, false) : null,
        };
    }

    private static Plan Residual(Choice choice)
    {
        var activation = Step("relu", "ReLU");
        var count = choice.Between(16, 30);
        return new(
            "residual",
            $"{count} unscaled blocks, ReLU, He",
            new([64, 64]),
            64,
            [Layers.Linear("$W", "$W", name: "input")],
            [new ResidualStep([Layers.Linear("$W", "$W", "@init.kaiming_normal_({0}, nonlinearity: @init.NonlinearityType.ReLU);"), activation])],
            count,
            [Layers.Linear("$W", "16", name: "head")]);
    }

    private static Plan Linear(Choice choice) => new(
        "linear",
        "linear layers without anything between",
        new([64, 48]),
        64,
        [Layers.Linear("48", "$W", name: "input"), Step("relu", "ReLU")],
        [Layers.Linear("$W", "$W")],
        choice.Between(2, 14),
        [Layers.Linear("$W", "16", name: "head")]);

    private static Plan Convolutions(Choice choice)
    {
        var isLarge = choice.Chance(0.2);
        var activation = isLarge ? Step("relu", "ReLU") : Saturating(choice);
        var dimensions = choice.Weighted((4, 2), (1, 1));
        string[] initialize = isLarge ? ["@init.normal_({0}.weight, 0, 0.4);"] : [];
        ModuleStep Conv(string from) => new("conv", $"Conv{dimensions}d", $"@nn.Conv{dimensions}d({from}, $W, 3, padding: 1)", 1) { Initialize = initialize };
        return new(
            "convolutions",
            $"Conv{dimensions}d, {activation.Type}{(isLarge ? ", normal_(0.4)" : "")}",
            new([8, 3, .. Enumerable.Repeat(12L, dimensions)]),
            choice.Of(16, 24, 32),
            [Conv("3"), activation],
            [Conv("$W"), activation],
            choice.Between(7, 14),
            [new FunctionStep("{0}.flatten(1)"), Layers.Linear($"{Math.Pow(12, dimensions)} * $W", "10", name: "head")]);
    }

    private static ModuleStep Saturating(Choice choice) => choice.Of(
        Step("sigmoid", "Sigmoid", "@f.sigmoid({0})", "{0}.sigmoid()", "@torch.sigmoid({0})"),
        Step("tanh", "Tanh", "@f.tanh({0})", "{0}.tanh()", "@torch.tanh({0})"),
        Step("relu", "ReLU", "@f.relu({0})", "{0}.relu()"),
        Step("gelu", "GELU", "@f.gelu({0})"),
        Step("silu", "SiLU", "@f.silu({0})"),
        Step("softsign", "Softsign", "@f.softsign({0})"));

    private static ModuleStep Step(string name, string type, params string[] functions) => new(name, type, $"@nn.{type}()") { Functions = functions };
}
