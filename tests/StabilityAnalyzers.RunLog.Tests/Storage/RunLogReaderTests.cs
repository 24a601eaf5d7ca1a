using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace StabilityAnalyzers.RunLog.Tests;

public class RunLogReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhileItIsWritten_EveryReadIsABeginningOfTheRun()
    {
        const int Steps = 3000;
        var writing = new Thread(() =>
        {
            using var writer = RunLogWriter.Create(Path, Some.Run(), new RunLogOptions { FlushInterval = TimeSpan.FromMilliseconds(5) });
            for (var i = 0; i < Steps; i++)
            {
                writer.TryWrite(Some.RandomStep(i, layers: 3));
                if (i % 20 == 0)
                {
                    Thread.Sleep(1);
                }
            }
        });
        writing.Start();
        Assert.True(SpinWait.SpinUntil(() => File.Exists(Path), TimeSpan.FromSeconds(20)));
        var reads = 0;
        var followed = new List<long>();
        using (var follower = RunLogReader.Open(Path))
        {
            while (followed.Count < Steps)
            {
                reads++;
                followed.AddRange(follower.ReadSteps(after: followed.Count - 1).Select(step => step.Step));
                using var reader = RunLogReader.Open(Path);
                var all = reader.ReadSteps().ToList();
                for (var i = 0; i < all.Count; i++)
                {
                    Assert.True(Some.Same(Some.RandomStep(i, layers: 3), all[i]));
                }
            }
        }

        writing.Join();
        Assert.Equal(Enumerable.Range(0, Steps).Select(i => (long)i), followed);
        Assert.InRange(reads, 2, int.MaxValue);
    }

    [Fact]
    public void Missing() => AssertFault(_folder.File("nothing.db"), RunFileFault.NotFound, "there is no such file");

    [Fact]
    public void Folder() => AssertFault(_folder.Path, RunFileFault.NotFound, "it is a folder");

    [Fact]
    public void PathThatIsNone() => AssertFault("a\0b", RunFileFault.NotFound, "");

    [Fact]
    public void Empty()
    {
        File.WriteAllBytes(Path, []);

        AssertFault(Path, RunFileFault.Empty, "it is empty");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(100)]
    [InlineData(5000)]
    public void SomethingElse(int length)
    {
        File.WriteAllText(Path, new string('x', length));

        AssertFault(Path, RunFileFault.NotARunFile, "it is not a database");
    }

    [Fact]
    public void ForeignDatabase()
    {
        Write(Path, "CREATE TABLE run (id INTEGER); PRAGMA user_version = 1;");

        AssertFault(Path, RunFileFault.NotARunFile, "it is a database of something else");
    }

    [Fact]
    public void NewerVersion()
    {
        MakeRun(steps: 1);
        Write(Path, "PRAGMA user_version = 17");

        AssertFault(Path, RunFileFault.NewerVersion, "version 17");
    }

    [Theory]
    [InlineData("DROP TABLE finding", "the table 'finding' is missing or altered")]
    [InlineData("ALTER TABLE step DROP COLUMN loss", "the table 'step' is missing or altered")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON step BEGIN DELETE FROM step; END", "views, triggers")]
    [InlineData("CREATE VIEW v AS SELECT 1", "views, triggers")]
    [InlineData("CREATE VIRTUAL TABLE v USING fts5(x)", "views, triggers")]
    [InlineData("DELETE FROM run", "which run it is of")]
    [InlineData("UPDATE run SET started = 'yesterday'", "a time cannot be read")]
    [InlineData("UPDATE run SET model_type = x'00'", "'model_type'")]
    [InlineData("UPDATE run SET lost = 'many'", "'lost'")]
    [InlineData("UPDATE layer SET gradient_ratio = 'small'", "'gradient_ratio'")]
    [InlineData("DELETE FROM name", "the name 1 is missing")]
    [InlineData("UPDATE name SET path = 'other' WHERE id = 1", "the checksum of the name 1 is wrong")]
    [InlineData("UPDATE step SET data = 5", "'data'")]
    [InlineData("UPDATE step SET data = x''", "step 0: the checksum is wrong")]
    [InlineData("UPDATE step SET loss = 'high'", "'loss'")]
    [InlineData("UPDATE finding SET severity = 99", "severity")]
    [InlineData("UPDATE finding SET step = 'last'", "'step'")]
    public void Altered(string sql, string reason)
    {
        MakeRun(steps: 3);
        Write(Path, sql);

        AssertFault(Path, RunFileFault.Damaged, reason);
    }

    [Fact]
    public void AnIndexOfTheUser_IsNoFault()
    {
        MakeRun(steps: 3);
        Write(Path, "CREATE INDEX mine ON step (loss)");

        using var reader = RunLogReader.Open(Path);
        Assert.Equal(3, reader.ReadSteps().Count());
    }

    [Fact]
    public void Locked()
    {
        MakeRun(steps: 1);
        using (new Lock(Path))
        {
            AssertFault(Path, RunFileFault.Locked, "another program has locked it");
        }
    }

    [Fact]
    public void Truncated_AnywhereItIsOneException()
    {
        MakeRun(steps: 100);
        var whole = File.ReadAllBytes(Path);
        var random = new Random(1);
        var lengths = Enumerable.Range(1, whole.Length / 4096).Select(page => page * 4096)
            .Concat(Enumerable.Range(0, 50).Select(_ => random.Next(1, whole.Length)))
            .Where(length => length < whole.Length);
        foreach (var length in lengths)
        {
            File.WriteAllBytes(Path, whole[..length]);
            var exception = Assert.Throws<RunFileException>(() => ReadAll(Path));
            Assert.Contains(exception.Fault, new[] { RunFileFault.Damaged, RunFileFault.NotARunFile });
            Assert.Equal(whole[..length], File.ReadAllBytes(Path));
        }
    }

    [Fact]
    public void FlippedBits_NeverAnotherExceptionNorAWrongStepNorALostByte()
    {
        MakeRun(steps: 60);
        var whole = File.ReadAllBytes(Path);
        var random = new Random(2);
        var faults = 0;
        for (var i = 0; i < 400; i++)
        {
            var damaged = (byte[])whole.Clone();

            // The header and the tables' roots are where it hurts most.
            var region = i % 2 == 0 ? whole.Length : Math.Min(whole.Length, 6 * 4096);
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                damaged[random.Next(region)] ^= (byte)(1 << random.Next(8));
            }

            File.WriteAllBytes(Path, damaged);
            faults += AssertReadsOnlyTruth() ? 0 : 1;
            Assert.Equal(damaged, File.ReadAllBytes(Path));
        }

        Assert.InRange(faults, 100, 400);
    }

    [Fact]
    public void DamagedLogBesideTheFile_NeverAnotherExceptionNorAWrongStepNorALostByte()
    {
        var source = _folder.File("source.db");
        using var writer = RunLogWriter.Create(source, Some.Run());
        for (var i = 0; i < 60; i++)
        {
            writer.TryWrite(Some.RandomStep(i, layers: 5));
            Assert.True(writer.Flush());
        }

        // What a killed process leaves.
        var (file, log) = (ReadShared(source), ReadShared(source + "-wal"));
        var random = new Random(3);
        for (var i = 0; i < 100; i++)
        {
            var damaged = (byte[])log.Clone();
            damaged[random.Next(log.Length)] ^= (byte)(1 << random.Next(8));
            damaged = i % 3 == 0 ? damaged[..random.Next(log.Length)] : damaged;
            File.WriteAllBytes(Path, file);
            File.WriteAllBytes(Path + "-wal", damaged);
            File.Delete(Path + "-shm");
            AssertReadsOnlyTruth();
            Assert.Equal(file, File.ReadAllBytes(Path));
            Assert.Equal(damaged, File.ReadAllBytes(Path + "-wal"));
        }
    }

    [Fact]
    public void ClosedFileOnAReadOnlyDevice_IsRead()
    {
        using var device = new SmallDevice(kilobytes: 4096);
        MakeRun(steps: 3);
        File.Copy(Path, device.File());

        // The second one stayed in WAL mode, because somebody read it when it was closed.
        var second = _folder.File("second.db");
        var writer = RunLogWriter.Create(second, Some.Run());
        writer.TryWrite(Some.Step(0));
        using (RunLogReader.Open(second))
        {
            writer.Dispose();
        }

        File.Copy(second, device.File("second 100%?#.db"));
        device.MakeReadOnly();

        Assert.Equal(3, ReadAll(device.File()).Count);
        Assert.Single(ReadAll(device.File("second 100%?#.db")));
    }

    [Fact]
    public void OpenFileOnAReadOnlyDevice_IsAClearFault()
    {
        using var device = new SmallDevice(kilobytes: 4096);
        using var writer = RunLogWriter.Create(Path, Some.Run());
        writer.TryWrite(Some.Step(0));
        Assert.True(writer.Flush());
        File.WriteAllBytes(device.File(), ReadShared(Path));
        File.WriteAllBytes(device.File() + "-wal", ReadShared(Path + "-wal"));
        device.MakeReadOnly();

        AssertFault(device.File(), RunFileFault.NotFound, "its folder must be writable");
    }

    [Fact]
    public void OlderVersion_IsReadThroughACopyAndStaysAsItIs()
    {
        MakeRun(steps: 5);
        var before = Fingerprint(Path);
        var next = new RunFileSchema(
        [
            .. RunFileSchema.Current.Steps,
            "ALTER TABLE finding ADD COLUMN page TEXT; UPDATE finding SET message = 'migrated ' || message;",
        ]);

        using (var reader = RunLogReader.Open(Path, next))
        {
            Assert.Equal(5, reader.ReadSteps().Count());
            Assert.StartsWith("migrated ", Assert.Single(reader.ReadFindings()).Message);
        }

        Assert.Equal(before, Fingerprint(Path));
    }

    [Fact]
    public void MigrationThatFails_IsOneExceptionAndTheFileStaysAsItIs()
    {
        MakeRun(steps: 5);
        var before = Fingerprint(Path);
        var next = new RunFileSchema([.. RunFileSchema.Current.Steps, "ALTER TABLE nothing ADD COLUMN page TEXT"]);

        Assert.Throws<RunFileException>(() => RunLogReader.Open(Path, next));
        Assert.Equal(before, Fingerprint(Path));
    }

    [Fact]
    public void Reading_ChangesNothingAndLeavesNothing()
    {
        MakeRun(steps: 5);
        var before = Fingerprint(Path);
        var modified = File.GetLastWriteTimeUtc(Path);

        ReadAll(Path);

        Assert.Equal(before, Fingerprint(Path));
        Assert.Equal(modified, File.GetLastWriteTimeUtc(Path));
        Assert.Equal([Path], Directory.GetFiles(_folder.Path));
    }

    private static List<StepRecord> ReadAll(string path)
    {
        using var reader = RunLogReader.Open(path);
        reader.ReadStatus();
        reader.ReadFindings();
        return [.. reader.ReadSteps()];
    }

    private static void AssertFault(string path, RunFileFault fault, string reason)
    {
        var exception = Assert.Throws<RunFileException>(() => ReadAll(path));

        Assert.Equal(fault, exception.Fault);
        Assert.Contains(reason, exception.Message);
        Assert.Contains(path, exception.Message);
    }

    /// <summary>Reads a damaged file: what is read is what was written, or there is a fault.</summary>
    private bool AssertReadsOnlyTruth()
    {
        try
        {
            using var reader = RunLogReader.Open(Path);
            foreach (var step in reader.ReadSteps())
            {
                // A damaged key makes another step of it; the checksum knows the number too.
                Assert.True(Some.Same(Some.RandomStep(step.Step, layers: 5), step));
            }

            reader.ReadFindings();
            reader.ReadStatus();
            reader.CheckIntegrity();
            return true;
        }
        catch (RunFileException)
        {
            return false;
        }
    }

    private void MakeRun(int steps)
    {
        using var writer = RunLogWriter.Create(Path, Some.Run(new LayerInfo("a", "Linear", 0.5, 0.5)));
        for (var i = 0; i < steps; i++)
        {
            writer.TryWrite(Some.RandomStep(i, layers: 5));
        }

        writer.TryWrite(new Finding("STAB9001", FindingSeverity.Info, "a", 0, 1, 2, "message", null));
    }

    private static void Write(string path, string sql)
    {
        using var connection = SqliteCommands.Open(path, SqliteOpenMode.ReadWriteCreate);
        connection.Execute(sql);
    }

    private static byte[] ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string Fingerprint(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
}
