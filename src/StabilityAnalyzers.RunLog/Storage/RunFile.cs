using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// A run file that is being written. Not for several threads; it throws, and <see cref="RunLogWriter"/> is what keeps
/// that from the training.
/// </summary>
internal sealed class RunFile : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly string _path;
    private readonly SqliteCommand _insertName;
    private readonly SqliteCommand _insertStep;
    private readonly SqliteCommand _insertFinding;
    private readonly SqliteCommand _updateLost;
    private readonly PackedWriter _packed = new();
    private readonly Dictionary<string, long> _names = new(StringComparer.Ordinal);
    private readonly List<string> _newNames = [];
    private long _storedLost;

    private RunFile(string path, SqliteConnection connection)
    {
        _path = path;
        _connection = connection;
        _insertName = connection.Prepare("INSERT INTO name (id, path, checksum) VALUES ($0, $1, $2)", 3);
        _insertStep = connection.Prepare("INSERT OR IGNORE INTO step (step, time, loss, data) VALUES ($0, $1, $2, $3)", 4);
        _insertFinding = connection.Prepare(
            "INSERT INTO finding (rule_id, severity, layer, step, value, threshold, message, remedy) "
            + "VALUES ($0, $1, $2, $3, $4, $5, $6, $7)",
            8);
        _updateLost = connection.Prepare("UPDATE run SET lost = $0", 1);
    }

    /// <summary>
    /// Makes the file. It is built under another name and then renamed, so that a file at <paramref name="path"/> is
    /// always a whole run file; and it is never put in the place of another one, so that two processes cannot write to
    /// the same file.
    /// </summary>
    /// <exception cref="IOException">There is something at the path already, or the folder cannot be made.</exception>
    /// <exception cref="SqliteException">The file cannot be made.</exception>
    public static RunFile Create(string path, RunInfo run, long? maximumSize)
    {
        if (Directory.Exists(path))
        {
            throw new IOException("there is a folder of this name");
        }

        if (File.Exists(path))
        {
            throw Exists();
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = $"{path}.{Guid.NewGuid():N}.new";
        try
        {
            using (var connection = SqliteCommands.Open(draft, SqliteOpenMode.ReadWriteCreate))
            {
                RunFileSchema.Current.Migrate(connection, from: 0);
                WriteRun(connection, run);
                connection.Execute("PRAGMA journal_mode = WAL");
            }

            try
            {
                File.Move(draft, path);
            }
            catch (IOException) when (File.Exists(path))
            {
                throw Exists();
            }
        }
        catch
        {
            TryDelete(draft);
            throw;
        }

        return Open(path, maximumSize);
    }

    /// <summary>Writes steps and findings in one transaction: all of them are in the file afterwards, or none is.</summary>
    /// <param name="records">Values of <see cref="StepRecord"/> and <see cref="Finding"/>.</param>
    /// <param name="lost">How many records were lost until now.</param>
    /// <returns>How many of them were refused, and why the first was.</returns>
    /// <exception cref="SqliteException">Nothing was written.</exception>
    /// <exception cref="IOException">The file is gone.</exception>
    public (int Refused, string? Reason) Write(IReadOnlyList<object> records, long lost)
    {
        // On Unix a removed file can still be written to, and nobody would ever read it.
        if (!File.Exists(_path))
        {
            throw new FileNotFoundException("the file was removed or renamed while the run went on");
        }

        _newNames.Clear();
        var refused = 0;
        string? reason = null;
        try
        {
            _connection.Execute("BEGIN IMMEDIATE");
            foreach (var record in records)
            {
                try
                {
                    if (record is StepRecord step ? !Insert(step) : !Insert((Finding)record))
                    {
                        refused++;
                        reason ??= $"step {((StepRecord)record).Step} was recorded already";
                    }
                }
                catch (Exception exception) when (IsOfTheRecord(exception))
                {
                    refused++;
                    reason ??= $"a record is not valid: {exception.Message}";
                }
            }

            if (lost + refused != _storedLost)
            {
                _updateLost.Run(lost + refused);
            }

            _connection.Execute("COMMIT");
            _storedLost = lost + refused;
            return (refused, reason);
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    /// <summary>
    /// Notes the end of the run and leaves one plain file without a write-ahead log, which can be read from any medium.
    /// While somebody reads the file the log stays beside it, and is just as good.
    /// </summary>
    public void Finish(long lost)
    {
        using var command = _connection.Prepare("UPDATE run SET ended = $0, lost = $1", 2);
        command.Run(Text(DateTimeOffset.UtcNow), lost);

        // Best effort and without waiting: the results are not looked at.
        raw.sqlite3_exec(_connection.Handle, "PRAGMA wal_checkpoint(PASSIVE)");
        raw.sqlite3_exec(_connection.Handle, "PRAGMA journal_mode = DELETE");
    }

    public void Dispose()
    {
        _insertName.Dispose();
        _insertStep.Dispose();
        _insertFinding.Dispose();
        _updateLost.Dispose();
        _connection.Dispose();
    }

    private static RunFile Open(string path, long? maximumSize)
    {
        var connection = SqliteCommands.Open(path, SqliteOpenMode.ReadWrite);
        try
        {
            // NORMAL in WAL mode: a killed process loses nothing that was committed, a power failure at most the last
            // transactions, and neither damages the file.
            connection.Execute("PRAGMA synchronous = NORMAL");
            if (maximumSize is { } size)
            {
                var pages = Math.Max(1, size / (long)connection.Scalar("PRAGMA page_size")!);
                connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"));
            }

            return new RunFile(path, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void WriteRun(SqliteConnection connection, RunInfo run)
    {
        connection.Execute("BEGIN");
        using (var command = connection.Prepare(
            "INSERT INTO run (id, run_id, model_type, started, process_id, machine) VALUES (1, $0, $1, $2, $3, $4)", 5))
        {
            command.Run(run.RunId, run.ModelType, Text(run.Started), (long)Environment.ProcessId, Environment.MachineName);
        }

        using (var command = connection.Prepare("INSERT INTO property (name, value) VALUES ($0, $1)", 2))
        {
            foreach (var (name, value) in run.Properties)
            {
                command.Run(name, value);
            }
        }

        using (var command = connection.Prepare(
            "INSERT INTO layer (path, kind, gradient_ratio, depth_factor) VALUES ($0, $1, $2, $3)", 4))
        {
            foreach (var layer in run.Layers)
            {
                command.Run(layer.Path, layer.Kind, layer.GradientRatio, layer.DepthFactor);
            }
        }

        connection.Execute("COMMIT");
    }

    private bool Insert(StepRecord step)
    {
        StepCodec.Encode(step, NameOf, _packed);
        return _insertStep.Run(step.Step, step.Time.Ticks, step.Loss, _packed.Written.ToArray()) > 0;
    }

    private bool Insert(Finding finding) =>
        _insertFinding.Run(
            finding.RuleId,
            (long)finding.Severity,
            finding.Layer,
            finding.Step,
            finding.Value,
            finding.Threshold,
            finding.Message,
            finding.Remedy) > 0;

    private long NameOf(string path)
    {
        if (!_names.TryGetValue(path, out var id))
        {
            id = _names.Count + 1;
            _insertName.Run(id, path, (long)Checksum.Of(id, path));
            _names.Add(path, id);
            _newNames.Add(path);
        }

        return id;
    }

    private void RollBack()
    {
        foreach (var name in _newNames)
        {
            _names.Remove(name);
        }

        // After some errors SQLite has rolled back by itself.
        if (raw.sqlite3_get_autocommit(_connection.Handle) == 0)
        {
            raw.sqlite3_exec(_connection.Handle, "ROLLBACK");
        }
    }

    /// <summary>True if the record is to blame and not the file.</summary>
    private static bool IsOfTheRecord(Exception exception) =>
        exception is not SqliteException { SqliteErrorCode: not (raw.SQLITE_TOOBIG or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH) };

    private static IOException Exists() =>
        new("there is a file of this name already; each run has a file of its own, and another process may be writing to this one");

    private static string Text(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static void TryDelete(string path)
    {
        foreach (var suffix in (string[])["", "-journal", "-wal", "-shm"])
        {
            try
            {
                File.Delete(path + suffix);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // What cannot be deleted was most likely never made.
            }
        }
    }
}
