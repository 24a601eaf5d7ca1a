using System.Diagnostics;

namespace StabilityAnalyzers.RunLog.Tests;

public class RunLogWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EverythingComesBack()
    {
        var run = new RunInfo(
            "id 'with \"quotes\"",
            "Größe.<script>alert(1)</script>;DROP TABLE run;--",
            new DateTimeOffset(2025, 3, 14, 15, 9, 26, 535, TimeSpan.FromHours(5.5)).AddTicks(8979),
            [
                new("编码器.层🎉", "Linear", 4e-18, 0.05),
                new("a\nb\t\0c", "", null, null),
                new("", "Conv2d", double.PositiveInfinity, double.NaN),
            ],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [""] = "",
                ["device"] = "cpu",
                ["Device"] = "../../etc/passwd",
                ["$0"] = "[red]x[/]",
            });
        StepRecord[] steps =
        [
            Some.RandomStep(0, layers: 3),
            Some.Step(1, double.NaN),
            Some.Step(2, double.NegativeInfinity),
            Some.Step(3, -0.0),
            Some.Step(
                long.MaxValue, 5e-324, [new("编码器.层🎉", Some.Uniform(0.5)), new("'; --", null)], [new("编码器.层🎉", null, 3)]),
        ];
        Finding[] findings =
        [
            new("STAB9001", FindingSeverity.Warning, "编码器.层🎉", 1, 4e-18, 1e-3, "message \"<b>\" 'x'", "remedy"),
            new("STAB9003", FindingSeverity.Info, null, long.MaxValue, double.NaN, double.NegativeInfinity, "", null),
        ];

        using (var writer = RunLogWriter.Create(_folder.File(), run))
        {
            Assert.All(steps, step => Assert.True(writer.TryWrite(step)));
            Assert.All(findings, finding => Assert.True(writer.TryWrite(finding)));
        }

        using var reader = RunLogReader.Open(_folder.File());
        Assert.Equal((run.RunId, run.ModelType), (reader.Run.RunId, reader.Run.ModelType));
        Assert.True(run.Started.EqualsExact(reader.Run.Started));
        Assert.Equal(run.Layers, reader.Run.Layers);
        Assert.Equal(run.Properties.OrderBy(pair => pair.Key, StringComparer.Ordinal), reader.Run.Properties);
        var read = reader.ReadSteps().ToList();
        Assert.Equal(steps.Length, read.Count);
        Assert.All(steps.Zip(read), pair => Assert.True(Some.Same(pair.First, pair.Second)));
        Assert.True(double.IsNegative(read[3].Loss!.Value));
        Assert.Equal(findings, reader.ReadFindings());
        reader.CheckIntegrity();
    }

    [Fact]
    public void Status_SaysHowFarTheRunIs()
    {
        using (var writer = RunLogWriter.Create(_folder.File(), Some.Run()))
        {
            using var reader = RunLogReader.Open(_folder.File());
            Assert.Equal(
                new RunStatus(0, null, null, 0, 0, null, Environment.ProcessId, Environment.MachineName), reader.ReadStatus());
            writer.TryWrite(Some.Step(5));
            writer.TryWrite(Some.Step(7));
            writer.TryWrite(Some.Step(7));
            Assert.True(writer.Flush());

            var status = reader.ReadStatus();
            Assert.Equal(new RunStatus(2, 7, TimeSpan.FromMilliseconds(70), 0, 1, null, status.ProcessId, status.Machine), status);
        }

        using var after = RunLogReader.Open(_folder.File());
        Assert.InRange(after.ReadStatus().Ended!.Value, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
    }

    [Fact]
    public void ClosedFile_IsOneFile()
    {
        using (var writer = RunLogWriter.Create(_folder.File(), Some.Run()))
        {
            writer.TryWrite(Some.Step(0));
        }

        Assert.Equal([_folder.File()], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void ManyThreads_EveryRecordIsStoredOnce()
    {
        using (var writer = RunLogWriter.Create(_folder.File(), Some.Run()))
        {
            Parallel.For(0, 4, thread =>
            {
                for (var i = 0; i < 500; i++)
                {
                    Assert.True(writer.TryWrite(Some.RandomStep((4 * i) + thread, layers: 2)));
                    if (i % 100 == 0)
                    {
                        Assert.True(writer.Flush());
                    }
                }
            });
            Assert.True(writer.Flush());
            Assert.Equal((2000, 0), (writer.StoredRecords, writer.LostRecords));
        }

        using var reader = RunLogReader.Open(_folder.File());
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => (long)i), reader.ReadSteps().Select(step => step.Step));
    }

    [Fact]
    public void Interval_IsWhenARecordIsStoredWithoutFlush()
    {
        var options = new RunLogOptions { FlushInterval = TimeSpan.FromMilliseconds(50) };
        using var writer = RunLogWriter.Create(_folder.File(), Some.Run(), options);
        using var reader = RunLogReader.Open(_folder.File());
        writer.TryWrite(Some.Step(0));

        Assert.True(SpinWait.SpinUntil(() => reader.ReadStatus().Steps == 1, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void ExistingFile_IsNotTouched()
    {
        File.WriteAllText(_folder.File(), "dear diary");
        var problems = new List<RunLogProblem>();

        using (var writer = RunLogWriter.Create(_folder.File(), Some.Run(), new RunLogOptions { OnProblem = problems.Add }))
        {
            Assert.False(writer.TryWrite(Some.Step(0)));
            Assert.False(writer.IsWriting);
        }

        Assert.Equal("dear diary", File.ReadAllText(_folder.File()));
        Assert.Contains("there is a file of this name already", Assert.Single(problems).Message);
    }

    [Fact]
    public void FileOfAnotherRun_KeepsItsSteps()
    {
        using (var first = RunLogWriter.Create(_folder.File(), Some.Run()))
        {
            first.TryWrite(Some.Step(0));
        }

        using (var second = RunLogWriter.Create(_folder.File(), Some.Run()))
        {
            Assert.Equal(RunLogProblemKind.Stopped, second.Problem!.Kind);
            second.TryWrite(Some.Step(1));
        }

        using var reader = RunLogReader.Open(_folder.File());
        Assert.Equal(0, Assert.Single(reader.ReadSteps()).Step);
    }

    [Fact]
    public void PathThatCannotBe_IsOneProblemAndNoException()
    {
        // The tests may run as root, whom no permission bits stop: these paths cannot be made by anybody.
        File.WriteAllText(_folder.File("file"), "");
        Directory.CreateDirectory(_folder.File("folder"));
        string[] paths =
        [
            _folder.File("file/run.db"), _folder.File("folder"), "", "a\0b", new string('x', 5000),
            .. OperatingSystem.IsLinux() ? (string[])["/proc/run.db", "/sys/run.db"] : [],
        ];
        foreach (var path in paths)
        {
            var problems = new List<RunLogProblem>();
            using var writer = RunLogWriter.Create(path, Some.Run(), new RunLogOptions { OnProblem = problems.Add });
            Assert.False(writer.TryWrite(Some.Step(0)));
            Assert.False(writer.TryWrite(new Finding("STAB9001", FindingSeverity.Info, null, 0, 0, 0, "")));
            Assert.True(writer.Flush());

            Assert.Equal(writer.Problem, Assert.Single(problems));
            Assert.Equal(RunLogProblemKind.Stopped, writer.Problem!.Kind);
            Assert.Equal((0, 2), (writer.StoredRecords, writer.LostRecords));
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder.File("folder")));
    }

    [Fact]
    public void ReadOnlyDevice_IsOneProblemAndNoException()
    {
        using var device = new SmallDevice(kilobytes: 256);
        device.MakeReadOnly();

        using var writer = RunLogWriter.Create(device.File(), Some.Run());

        Assert.Equal(RunLogProblemKind.Stopped, writer.Problem!.Kind);
        Assert.False(writer.TryWrite(Some.Step(0)));
    }

    [Fact]
    public void CallbackThatThrows_HarmsNobody()
    {
        Directory.CreateDirectory(_folder.File());
        using var writer = RunLogWriter.Create(
            _folder.File(), Some.Run(), new RunLogOptions { OnProblem = _ => throw new InvalidOperationException() });

        Assert.NotNull(writer.Problem);
    }

    [Fact]
    public void LockedForAWhile_NothingIsLost()
    {
        var problems = new List<RunLogProblem>();
        using (var writer = RunLogWriter.Create(_folder.File(), Some.Run(), new RunLogOptions { OnProblem = problems.Add }))
        {
            using (new Lock(_folder.File()))
            {
                writer.TryWrite(Some.Step(0));
                Assert.False(writer.Flush(TimeSpan.FromSeconds(3)));
                Assert.True(writer.TryWrite(Some.Step(1)));
                Assert.Equal(RunLogProblemKind.WriteDelayed, writer.Problem?.Kind);
            }

            Assert.True(writer.Flush(TimeSpan.FromSeconds(30)));
            Assert.Equal((2, 0), (writer.StoredRecords, writer.LostRecords));
        }

        Assert.Single(problems);
        using var reader = RunLogReader.Open(_folder.File());
        Assert.Equal(2, reader.ReadSteps().Count());
    }

    [Fact]
    public void LockedToTheEnd_ClosingEndsAndTheLossIsCounted()
    {
        var writer = RunLogWriter.Create(_folder.File(), Some.Run(), new RunLogOptions { CloseTimeout = TimeSpan.FromMilliseconds(500) });
        using (new Lock(_folder.File()))
        {
            writer.TryWrite(Some.Step(0));
            writer.TryWrite(Some.Step(1));
            var clock = Stopwatch.StartNew();
            writer.Dispose();

            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        }

        Assert.True(SpinWait.SpinUntil(() => writer.LostRecords == 2, TimeSpan.FromSeconds(20)));
        Assert.Equal(RunLogProblemKind.WriteDelayed, writer.Problem!.Kind);
        using var reader = RunLogReader.Open(_folder.File());
        Assert.Empty(reader.ReadSteps());
    }

    [Fact]
    public void FullQueue_DropsStepsAndCountsThem()
    {
        var options = new RunLogOptions { QueueCapacity = 400 };
        var taken = 0;
        using (var writer = RunLogWriter.Create(_folder.File(), Some.Run(), options))
        {
            using (new Lock(_folder.File()))
            {
                for (var i = 0; i < 100; i++)
                {
                    taken += writer.TryWrite(Some.RandomStep(i, layers: 10)) ? 1 : 0;
                }

                // A step of 10 layers is 31 records.
                Assert.Equal(400 / 31, taken);
                Assert.Equal(100 - taken, writer.LostRecords);
                Assert.Equal(RunLogProblemKind.QueueFull, writer.Problem!.Kind);
                Assert.True(writer.TryWrite(new Finding("STAB9001", FindingSeverity.Info, null, 0, 0, 0, "")));
            }

            Assert.True(writer.Flush(TimeSpan.FromSeconds(30)));
            Assert.True(writer.TryWrite(Some.Step(100)));
        }

        using var reader = RunLogReader.Open(_folder.File());
        var status = reader.ReadStatus();
        Assert.Equal((taken + 1, 1, 100 - taken), (status.Steps, status.Findings, status.Lost));
    }

    [Fact]
    public void StepLargerThanTheQueue_IsTakenAlone()
    {
        using (var writer = RunLogWriter.Create(_folder.File(), Some.Run(), new RunLogOptions { QueueCapacity = 10 }))
        {
            Assert.True(writer.TryWrite(Some.RandomStep(0, layers: 10)));
        }

        using var reader = RunLogReader.Open(_folder.File());
        Assert.Single(reader.ReadSteps());
    }

    [Fact]
    public void StepThatWasThereAlready_IsRefusedAndTheOthersStay()
    {
        using var writer = RunLogWriter.Create(_folder.File(), Some.Run());
        writer.TryWrite(Some.Step(0, loss: 1));
        writer.TryWrite(Some.Step(0, loss: 2));
        writer.TryWrite(Some.Step(1));
        Assert.True(writer.Flush());

        Assert.Equal((2, 1), (writer.StoredRecords, writer.LostRecords));
        Assert.Contains("step 0 was recorded already", writer.Problem!.Message);
        using var reader = RunLogReader.Open(_folder.File());
        Assert.Equal([1, null], reader.ReadSteps().Select(step => step.Loss));
    }

    [Fact]
    public void RecordThatIsNotValid_IsRefusedAndTheOthersStay()
    {
        using var writer = RunLogWriter.Create(_folder.File(), Some.Run());
        writer.TryWrite(Some.Step(0, parameters: [new(null!, null)]));
        writer.TryWrite(Some.Step(1, parameters: [null!]));
        writer.TryWrite(Some.Step(2) with { Layers = null! });
        writer.TryWrite(Some.Step(3));
        Assert.True(writer.Flush());

        Assert.Equal((1, 3), (writer.StoredRecords, writer.LostRecords));
        Assert.Equal(RunLogProblemKind.RecordRefused, writer.Problem!.Kind);
        Assert.True(writer.IsWriting);
    }

    [Fact]
    public void FindingThatIsNotValid_IsRefusedAndTheOthersStay()
    {
        using var writer = RunLogWriter.Create(_folder.File(), Some.Run());
        writer.TryWrite(new Finding(null!, FindingSeverity.Info, null, 0, 0, 0, null!));
        writer.TryWrite(new Finding("STAB9001", FindingSeverity.Info, null, 0, 0, 0, ""));
        Assert.True(writer.Flush());

        Assert.Equal((1, 1), (writer.StoredRecords, writer.LostRecords));
        Assert.True(writer.IsWriting);
    }

    [Fact]
    public void FullDevice_TrainingGoesOnWithOneProblem()
    {
        using var device = new SmallDevice(kilobytes: 512);
        FillUp(device.File(), new RunLogOptions());
    }

    [Fact]
    public void GreatestSize_IsLikeAFullDevice()
    {
        FillUp(_folder.File(), new RunLogOptions { MaximumFileSize = 256 * 1024 });
        Assert.InRange(new FileInfo(_folder.File()).Length, 1, 256 * 1024);
    }

    [Fact]
    public void RemovedFile_IsNoticed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let an open file be removed");
        using var writer = RunLogWriter.Create(_folder.File(), Some.Run());
        File.Delete(_folder.File());
        writer.TryWrite(Some.Step(0));
        Assert.True(writer.Flush());

        Assert.Equal((RunLogProblemKind.Stopped, 1), (writer.Problem!.Kind, writer.LostRecords));
        Assert.False(writer.IsWriting);
        Assert.False(writer.TryWrite(Some.Step(1)));
    }

    [Fact]
    public void AfterDispose_NothingIsTakenAndNothingThrows()
    {
        var writer = RunLogWriter.Create(_folder.File(), Some.Run());
        writer.Dispose();
        writer.Dispose();

        Assert.False(writer.TryWrite(Some.Step(0)));
        Assert.True(writer.Flush());
        Assert.Equal(1, writer.LostRecords);
        Assert.Null(writer.Problem);
    }

    [Fact]
    public void SecondWriterElsewhere_DoesNotDisturb()
    {
        using var first = RunLogWriter.Create(_folder.File("a.db"), Some.Run());
        using var second = RunLogWriter.Create(_folder.File("deep/er/b.db"), Some.Run());
        first.TryWrite(Some.Step(0));
        second.TryWrite(Some.Step(0));

        Assert.True(first.Flush() && second.Flush());
        Assert.Equal((1, 1), (first.StoredRecords, second.StoredRecords));
    }

    /// <summary>
    /// How fast it is and how much room it needs:
    /// <c>dotnet run -c Release --project tests/StabilityAnalyzers.RunLog.Tests -- --explicit only
    /// --filter-method "*Throughput*" --show-live-output on</c>.
    /// </summary>
    [Fact(Explicit = true)]
    public void Throughput_OfLayerRecords()
    {
        const int Layers = 100;
        const int Steps = 10_000;
        var steps = Enumerable.Range(0, 200).Select(i => Some.RandomStep(i, Layers)).ToArray();
        var records = 3L * Layers * Steps;
        var clock = Stopwatch.StartNew();
        var calling = new Stopwatch();
        long dropped = 0;
        using (var writer = RunLogWriter.Create(_folder.File(), Some.Run()))
        {
            for (var i = 0; i < Steps; i++)
            {
                var step = steps[i % steps.Length] with { Step = i };
                calling.Start();
                while (!writer.TryWrite(step))
                {
                    calling.Stop();
                    dropped++;
                    Thread.Sleep(1);
                    calling.Start();
                }

                calling.Stop();
            }
        }

        var written = clock.Elapsed;
        clock.Restart();
        using var reader = RunLogReader.Open(_folder.File());
        var read = reader.ReadSteps().Count();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{records / written.TotalSeconds:N0} records/s written, {records / clock.Elapsed.TotalSeconds:N0} records/s read, "
            + $"{(double)new FileInfo(_folder.File()).Length / records:N1} bytes per record, "
            + $"{calling.Elapsed.TotalMicroseconds / Steps:N2} us per TryWrite, {dropped} times full");
        Assert.Equal(Steps, read);
    }

    private static void FillUp(string path, RunLogOptions options)
    {
        var problems = new List<RunLogProblem>();
        var stored = 0L;
        var lost = 0L;
        options = options with
        {
            OnProblem = problems.Add,
            FlushInterval = TimeSpan.FromMilliseconds(20),
            CloseTimeout = TimeSpan.FromMilliseconds(500),
            QueueCapacity = 2000,
        };
        using (var writer = RunLogWriter.Create(path, Some.Run(), options))
        {
            var number = 0;
            Assert.True(SpinWait.SpinUntil(
                () =>
                {
                    writer.TryWrite(Some.RandomStep(number++, layers: 30));
                    Thread.Sleep(1);
                    return writer.Problem is { Kind: >= RunLogProblemKind.WriteDelayed };
                },
                TimeSpan.FromSeconds(60)));
            for (var i = 0; i < 100; i++)
            {
                writer.TryWrite(Some.RandomStep(number++, layers: 30));
            }

            writer.Dispose();
            Assert.Equal(number, writer.StoredRecords + writer.LostRecords);
            (stored, lost) = (writer.StoredRecords, writer.LostRecords);
        }

        var problem = Assert.Single(problems);
        Assert.Equal(RunLogProblemKind.WriteDelayed, problem.Kind);
        Assert.Contains("full", problem.Message);
        Assert.InRange(lost, 1, long.MaxValue);
        using var reader = RunLogReader.Open(path);
        reader.CheckIntegrity();
        Assert.Equal(stored, reader.ReadSteps().Count());
    }
}
