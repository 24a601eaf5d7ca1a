using StabilityAnalyzers.Cli.Tests.Kit;

namespace StabilityAnalyzers.Cli.Tests;

public sealed class BaselineCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Baseline => Path.Combine(_folder.Path, "stability.baseline");

    [Fact]
    public void First_baseline_accepts_everything_that_is_there()
    {
        var code = _folder.Write("Trainer.cs", Loops.With("Tune", "Train"));
        var run = Tool.Run("baseline", code);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Equal([$"STAB3001 {Loops.Symbol("Train")}", $"STAB3001 {Loops.Symbol("Tune")}"], Entries());
        Assert.Equal(0, Tool.Run("check", code).ExitCode);

        // Nothing in it depends on when and where it was written.
        var text = File.ReadAllText(Baseline);
        Assert.Equal(0, Tool.Run("baseline", code, "--accept-new").ExitCode);
        Assert.Equal(text, File.ReadAllText(Baseline));
    }

    [Fact]
    public void Existing_baseline_shrinks_and_does_not_grow()
    {
        Tool.Run("baseline", _folder.Write("Trainer.cs", Loops.With("Train", "Tune")));
        var code = _folder.Write("Trainer.cs", Loops.With("Train", "Test"));
        var run = Tool.Run("baseline", code);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"taken out: STAB3001 {Loops.Symbol("Tune")}\nnot accepted: STAB3001 {Loops.Symbol("Test")}\n", run.Output);
        Assert.Equal([$"STAB3001 {Loops.Symbol("Train")}"], Entries());

        Assert.Equal(0, Tool.Run("baseline", code, "--accept-new").ExitCode);
        Assert.Equal([$"STAB3001 {Loops.Symbol("Test")}", $"STAB3001 {Loops.Symbol("Train")}"], Entries());
    }

    [Fact]
    public void Counts_shrink_too()
    {
        _folder.Write("stability.baseline", $"STAB3001 {Loops.Symbol("Train")} x3\n");
        var run = Tool.Run("baseline", _folder.Write("Trainer.cs", Loops.With("Train")));
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"taken out: STAB3001 {Loops.Symbol("Train")} x2\n", run.Output);
        Assert.Equal([$"STAB3001 {Loops.Symbol("Train")}"], Entries());
    }

    [Fact]
    public void Damaged_baseline_is_left_as_it_is()
    {
        const string Damaged = "<<<<<<< HEAD\nSTAB3001 M:A.B\n";
        _folder.Write("stability.baseline", Damaged);
        Assert.Equal(2, Tool.Run("baseline", _folder.Write("Trainer.cs", Loops.With("Train")), "--accept-new").ExitCode);
        Assert.Equal(Damaged, File.ReadAllText(Baseline));
    }

    public void Dispose() => _folder.Dispose();

    private string[] Entries() => [.. File.ReadAllLines(Baseline).Where(line => !line.StartsWith('#'))];
}
