using Spectre.Console;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StabilityAnalyzers.Runtime.Tests;

public class ConsoleViewTests
{
    [Fact]
    public void RedirectedOutputIsPlainLinesAndATable()
    {
        string output = Run(isInteractive: false, TestModels.Mlp(activation: Sigmoid), steps: 100, totalSteps: 100);
        Assert.DoesNotContain('\u001b', output);
        string[] lines = output.Split('\n');
        Assert.Equal(20, lines.Count(line => line.StartsWith("step ", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.StartsWith("step 0/100", StringComparison.Ordinal) && line.Contains("gradient at fc0"));
        foreach (string layer in new[] { "fc0", "fc1", "fc2", "head" })
        {
            string[] cells = Assert.Single(lines, line => line.TrimStart().StartsWith(layer + " ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("Linear", cells[1]);
            Assert.NotEqual("-", cells[2]);
            Assert.NotEqual("-", cells[3]);
        }
    }

    [Fact]
    public void WithoutATotalTheLinesThinOut()
    {
        string output = Run(isInteractive: false, TestModels.Mlp(), steps: 1000, totalSteps: null);
        Assert.InRange(output.Split('\n').Count(line => line.StartsWith("step ", StringComparison.Ordinal)), 5, 25);
    }

    [Fact]
    public void TheTerminalGetsATableWithAProgressBarAndItsCursorBack()
    {
        string output = Run(isInteractive: true, TestModels.Mlp(), steps: 50, totalSteps: 50, pause: 500);
        Assert.Contains("step 50/50", output);
        Assert.Contains("\u001b[?25l", output);
        Assert.True(output.LastIndexOf("\u001b[?25h", StringComparison.Ordinal) > output.LastIndexOf("\u001b[?25l", StringComparison.Ordinal));
    }

    [Fact]
    public void NamesWithMarkupAreShownAsTheyAre()
    {
        Sequential model = Sequential(("[red]fc[/]", Linear(4, 4)), ("[", Tanh()), ("[bold", Linear(4, 3)));
        Assert.Contains("[red]fc[/]", Run(isInteractive: false, model, steps: 3, totalSteps: 3));
    }

    [Fact]
    public void AModelWithoutLayersAndARunWithoutSteps()
    {
        using DisposeScope scope = NewDisposeScope();
        using var recorder = GradientRecorder.Attach(Sequential(ReLU()), TestModels.InMemory);
        var writer = new StringWriter();
        using (ConsoleView.Start(recorder, totalSteps: 0, Console(writer, isInteractive: false)))
        {
        }

        Assert.Contains("0 steps recorded", writer.ToString());
    }

    [Fact]
    public void AWriterThatThrowsDoesNotDisturb()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        using (ConsoleView.Start(recorder, totalSteps: 5, Console(new BrokenPipe(), isInteractive: false)))
        {
            for (int step = 0; step < 5; step++)
            {
                Assert.NotNull(recorder.Record(TestModels.Backward(model, randn(4, 4), randint(0, 3, 4, int64))));
            }
        }
    }

    [Theory]
    [InlineData(null, "-")]
    [InlineData(0.0, "0")]
    [InlineData(1.0, "1")]
    [InlineData(0.1449, "0.145")]
    [InlineData(6.2e-11, "6.2E-11")]
    [InlineData(12345.0, "1.2E4")]
    [InlineData(double.NaN, "NaN")]
    public void RatiosAreShort(double? ratio, string expected) => Assert.Equal(expected, Figures.Ratio(ratio));

    private static string Run(bool isInteractive, Module<Tensor, Tensor> model, int steps, long? totalSteps, int pause = 0)
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(1);
        var writer = new StringWriter();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        using (ConsoleView.Start(recorder, totalSteps, Console(writer, isInteractive)))
        {
            for (int step = 0; step < steps; step++)
            {
                using DisposeScope iteration = NewDisposeScope();
                recorder.Record(TestModels.Backward(model, randn(8, 4), randint(0, 3, 8, int64)));
            }

            // The live view draws a few times a second.
            Thread.Sleep(pause);
        }

        Assert.Empty(recorder.Problems);
        return writer.ToString();
    }

    private static IAnsiConsole Console(TextWriter writer, bool isInteractive)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isInteractive ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = isInteractive ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 140;
        return console;
    }

    private sealed class BrokenPipe : StringWriter
    {
        public override void Write(string? value) => throw new IOException("broken pipe");

        public override void Write(char value) => throw new IOException("broken pipe");

        public override void Flush() => throw new IOException("broken pipe");
    }
}
