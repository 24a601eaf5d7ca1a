using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StabilityAnalyzers.Baseline;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Baseline;

public sealed class BaselineSuppressorTests
{
    private const string Loop = """
        optimizer.zero_grad();
        lstm.call(randn(5, 4, 1)).Item1.square().mean().backward();
        optimizer.step();
        """;

    private const string Code = $$"""
        namespace Forecasting;

        class Trainer
        {
            public void Train(int steps)
            {
                var lstm = LSTM(1, 8);
                var optimizer = optim.SGD(lstm.parameters(), 0.1);
                for (var i = 0; i < steps; i++)
                {
                    {{Loop}}
                }

                for (var i = 0; i < steps; i++)
                {
                    {{Loop}}
                }
            }

            public void Tune()
            {
                var lstm = LSTM(1, 8);
                var optimizer = optim.SGD(lstm.parameters(), 0.1);
                for (var i = 0; i < 10; i++)
                {
                    {{Loop}}
                }
            }
        }
        """;

    private const string Train = "M:Forecasting.Trainer.Train(System.Int32)";
    private const string Tune = "M:Forecasting.Trainer.Tune";

    [Fact]
    public async Task Nothing_is_suppressed_without_a_baseline() => Assert.Equal([Train, Train, Tune], await Reported(Code));

    [Fact]
    public async Task Entry_for_another_rule_or_symbol_suppresses_nothing() =>
        Assert.Equal([Train, Train, Tune], await Reported(Code, $"STAB1001 {Train} x2", "STAB3001 M:Forecasting.Trainer.Other"));

    [Fact]
    public async Task Accepted_findings_are_suppressed() => Assert.Empty(await Reported(Code, $"STAB3001 {Train} x2", $"STAB3001 {Tune}"));

    [Fact]
    public async Task A_new_finding_beside_an_old_one_is_reported() =>
        Assert.Equal([Train, Tune], await Reported(Code, $"STAB3001 {Train}"));

    [Fact]
    public async Task Lines_do_not_matter() =>
        Assert.Equal([Tune], await Reported("\n\n// moved\n" + Code.Replace("steps;", "steps ;", StringComparison.Ordinal), $"STAB3001 {Train} x2"));

    [Fact]
    public async Task Damaged_lines_leave_the_others_valid() => Assert.Equal([Tune], await Reported(Code, "=======", $"STAB3001 {Train} x2", "???"));

    [Fact]
    public async Task Top_level_statements_have_a_path()
    {
        const string Program = $$"""
            var lstm = LSTM(1, 8);
            var optimizer = optim.SGD(lstm.parameters(), 0.1);
            for (var i = 0; i < 10; i++)
            {
                {{Loop}}
            }
            """;
        var path = Assert.Single(await Reported(Program));
        Assert.Equal(SymbolPath.TopLevelStatements, path);
        Assert.Empty(await Reported(Program, $"STAB3001 {path}"));
    }

    [Fact]
    public async Task Field_and_local_function_have_the_path_of_their_member()
    {
        const string Program = """
            class Model : Module<Tensor, Tensor>
            {
                private readonly Sequential net = Sequential(
                    Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(),
                    Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(),
                    Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64));

                public Model() : base("model") => RegisterComponents();

                public override Tensor forward(Tensor x) => net.call(x);
            }

            class Factory
            {
                Sequential Make()
                {
                    return Inner();
                    Sequential Inner() => Sequential(
                        Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(),
                        Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(),
                        Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64));
                }
            }
            """;
        Assert.Equal(["F:Model.net", "M:Factory.Make"], (await Reported(Program)).Order(StringComparer.Ordinal).Distinct());
    }

    // Paths of the warnings that are left.
    private static async Task<IReadOnlyList<string>> Reported(string code, params string[] baseline)
    {
        var compilation = Driver.Compile(code);
        var files = baseline.Length == 0
            ? ImmutableArray<AdditionalText>.Empty
            : [new TextBesideCode("/0/" + BaselineFile.FileName, string.Join('\n', baseline))];
        var found = await compilation
            .WithAnalyzers([.. Driver.AllAnalyzers, new BaselineSuppressor()], new AnalyzerOptions(files))
            .GetAllDiagnosticsAsync(TestContext.Current.CancellationToken);
        return
        [
            .. found
                .Where(diagnostic => diagnostic is { Id: "STAB1001" or "STAB3001", IsSuppressed: false })
                .OrderBy(diagnostic => diagnostic.Location.SourceSpan)
                .Select(diagnostic => SymbolPath.Of(diagnostic.Location, tree => compilation.GetSemanticModel(tree), default)),
        ];
    }
}
