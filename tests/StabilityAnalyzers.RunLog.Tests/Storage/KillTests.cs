using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>
/// A process that is killed at any moment leaves a file that opens, is whole, and lacks at most the last second.
/// </summary>
public class KillTests
{
    private const int Seed = 20250314;

    [Fact]
    public async Task KilledAtARandomMoment_TheFileIsWhole() => await Kill(times: 4);

    /// <summary>
    /// The full size: <c>dotnet run --project tests/StabilityAnalyzers.RunLog.Tests -- --explicit only
    /// --filter-method "*KilledFiftyTimes*" --show-live-output on</c>.
    /// </summary>
    [Fact(Explicit = true)]
    public async Task KilledFiftyTimes_TheFileIsWholeEachTime() => await Kill(times: 50);

    [Fact]
    public async Task KilledWhileItIsMade_ThereIsNoFileOrAWholeOne()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 8; i++)
        {
            using var folder = new TemporaryFolder();
            using var child = ChildProcess.StartWriter(folder.File());
            await Task.Delay(random.Next(60, 220));
            child.Kill();
            await child.WaitForExitAsync();

            if (File.Exists(folder.File()))
            {
                using var reader = RunLogReader.Open(folder.File());
                reader.CheckIntegrity();
                Assert.Equal(Some.Run().ModelType, reader.Run.ModelType);
            }
        }
    }

    [Fact]
    public async Task EndedWithoutClosing_TheFileHasEverything()
    {
        using var folder = new TemporaryFolder();
        using var child = ChildProcess.StartForgetful(folder.File(), steps: 30);
        await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();

        using var reader = RunLogReader.Open(folder.File());
        Assert.Equal(30, reader.ReadSteps().Count());
        Assert.NotNull(reader.ReadStatus().Ended);
    }

    [Fact]
    public async Task TwoProcessesOnOneFile_TheSecondGetsAClearError()
    {
        using var folder = new TemporaryFolder();
        using var writer = RunLogWriter.Create(folder.File(), Some.Run());
        using var rival = ChildProcess.StartRival(folder.File());
        var answer = await rival.StandardOutput.ReadToEndAsync();
        await rival.WaitForExitAsync();

        Assert.Contains("another process may be writing", answer);
        Assert.True(writer.TryWrite(Some.Step(0)));
        Assert.True(writer.Flush());
        Assert.Null(writer.Problem);
    }

    private static async Task Kill(int times)
    {
        var random = new Random(Seed);
        var lag = new List<long>();
        for (var i = 0; i < times; i++)
        {
            using var folder = new TemporaryFolder();
            var path = folder.File();
            using var child = ChildProcess.StartWriter(path);
            var handedOver = -1L;
            var reported = new Queue<(long Time, long Step)>();

            // From the first step on, so that the moment falls into the writing and not into the start of the runtime.
            var first = await child.StandardOutput.ReadLineAsync();
            Assert.Equal("0", first);
            var delay = TimeSpan.FromMilliseconds(random.Next(0, 2500));
            var clock = Stopwatch.StartNew();
            var reading = Task.Run(async () =>
            {
                while (await child.StandardOutput.ReadLineAsync() is { } line)
                {
                    handedOver = long.Parse(line, CultureInfo.InvariantCulture);
                    reported.Enqueue((clock.ElapsedMilliseconds, handedOver));
                }
            });
            await Task.Delay(delay);
            child.Kill();
            var killed = clock.ElapsedMilliseconds;
            await child.WaitForExitAsync();
            await reading;

            var before = Fingerprint(path);
            using (var reader = RunLogReader.Open(path))
            {
                reader.CheckIntegrity();
                var steps = reader.ReadSteps().ToList();
                for (var step = 0; step < steps.Count; step++)
                {
                    Assert.True(Some.Same(ChildProcess.StepOf(step), steps[step]));
                }

                var due = reported.Where(item => item.Time < killed - 1000).Select(item => item.Step + 1).LastOrDefault();
                Assert.True(steps.Count >= due, $"{steps.Count} steps of {due} that were handed over a second before the kill ({delay})");
                Assert.Null(reader.ReadStatus().Ended);
                lag.Add(handedOver + 1 - steps.Count);
            }

            Assert.Equal(before, Fingerprint(path));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"steps handed over and not in the file: {string.Join(' ', lag)}");
    }

    private static string Fingerprint(string path) => string.Join(
        ' ',
        new[] { path, path + "-wal" }.Where(File.Exists).Select(file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))));
}
