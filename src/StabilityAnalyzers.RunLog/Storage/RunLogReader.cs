using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// Reads a run file, also while it is being written, and never changes a byte of it. Every fault of the file comes as a
/// <see cref="RunFileException"/>. A file of an older version is brought up to date in a copy in memory. Not for several
/// threads at once.
/// </summary>
/// <remarks>
/// Beside a file that was not closed (the run goes on, or was killed) lie <c>-wal</c> with its latest records and
/// <c>-shm</c>, an index of it that SQLite makes again where it is missing. All that is stored comes from the first two.
/// </remarks>
public sealed class RunLogReader : IDisposable
{
    // Rows are read in pages: a statement that stays open would keep the writer from ever emptying its log.
    private const int PageSize = 64;

    // SQLite's smallest page. It takes a shorter file for an empty database.
    private const int SmallestDatabase = 512;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<long, string> _names = [];

    private RunLogReader(string path, SqliteConnection connection)
    {
        Path = path;
        _connection = connection;
        Run = ReadRun();
    }

    /// <summary>Full path of the run file.</summary>
    public string Path { get; }

    /// <summary>What the run is about.</summary>
    public RunInfo Run { get; }

    /// <summary>Opens a run file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="RunFileException">There is no such file, or it is not a run file that can be read.</exception>
    public static RunLogReader Open(string path) => Open(path, RunFileSchema.Current);

    /// <summary>How far the run is now.</summary>
    /// <exception cref="RunFileException">The file is damaged.</exception>
    public RunStatus ReadStatus() => Guard(Path, () =>
    {
        using var command = _connection.CreateCommand();
        command.CommandText = """
            SELECT (SELECT count(*) FROM step), (SELECT max(step) FROM step),
                   (SELECT time FROM step ORDER BY step DESC LIMIT 1), (SELECT count(*) FROM finding),
                   lost, ended, process_id, machine
            FROM run
            """;
        using var row = command.ExecuteReader();
        return row.Read()
            ? new RunStatus(
                row.Integer(0),
                row.OptionalInteger(1),
                row.OptionalInteger(2) is { } ticks ? new TimeSpan(ticks) : null,
                row.Integer(3),
                row.Integer(4),
                row.OptionalText(5) is { } ended ? Time(ended) : null,
                row.OptionalInteger(6),
                row.OptionalText(7))
            : throw new InvalidDataException("it does not say which run it is of");
    });

    /// <summary>
    /// The steps in their order, read as they are asked for. While the file is being written, those that were stored
    /// until the end was reached; ask again with the last one for what came since.
    /// </summary>
    /// <param name="after">Only the steps after this one; null for all.</param>
    /// <exception cref="RunFileException">The file is damaged; thrown while the steps are enumerated.</exception>
    public IEnumerable<StepRecord> ReadSteps(long? after = null)
    {
        while (true)
        {
            var page = Guard(Path, () => ReadPage(after));
            foreach (var step in page)
            {
                yield return step;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            after = page[^1].Step;
        }
    }

    /// <summary>The findings in the order in which they were established.</summary>
    /// <exception cref="RunFileException">The file is damaged.</exception>
    public IReadOnlyList<Finding> ReadFindings() => Guard(Path, () =>
    {
        using var command = _connection.CreateCommand();
        command.CommandText =
            "SELECT rule_id, severity, layer, step, value, threshold, message, remedy FROM finding ORDER BY id";
        using var row = command.ExecuteReader();
        var findings = new List<Finding>();
        while (row.Read())
        {
            var severity = (FindingSeverity)row.Integer(1);
            findings.Add(new Finding(
                row.Text(0),
                Enum.IsDefined(severity) ? severity : throw new InvalidDataException("the severity of a finding is unknown"),
                row.OptionalText(2),
                row.Integer(3),
                row.Number(4),
                row.Number(5),
                row.Text(6),
                row.OptionalText(7)));
        }

        return findings;
    });

    /// <summary>Reads the whole file and throws if anything in its structure or in a step is damaged.</summary>
    /// <exception cref="RunFileException">The file is damaged.</exception>
    public void CheckIntegrity()
    {
        Guard(Path, () =>
        {
            var answer = _connection.Scalar("PRAGMA integrity_check(1)") as string;
            return answer == "ok" ? true : throw new InvalidDataException($"SQLite says: {answer}");
        });
        foreach (var _ in ReadSteps())
        {
            // Reading is the check.
        }

        ReadFindings();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _connection.Dispose();

    internal static RunLogReader Open(string path, RunFileSchema schema)
    {
        ArgumentNullException.ThrowIfNull(path);
        SqliteConnection? connection = null;
        try
        {
            return Guard(path, () =>
            {
                var full = System.IO.Path.GetFullPath(path);
                connection = Connect(full);
                var version = RunFileSchema.VersionOf(connection)
                    ?? throw new RunFileException(full, RunFileFault.NotARunFile, "it is a database of something else");
                if (version > schema.Version)
                {
                    throw new RunFileException(
                        full,
                        RunFileFault.NewerVersion,
                        $"it has version {version}, and this program knows versions up to {schema.Version}; update it");
                }

                schema.Check(connection, version);
                if (version < schema.Version)
                {
                    connection = Modernise(connection, schema, version);
                }

                return new RunLogReader(full, connection);
            });
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    private static SqliteConnection Connect(string path)
    {
        // Looked at without opening it: closing any handle of a file drops the locks that this process holds on it.
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            var reason = Directory.Exists(path) ? "it is a folder" : "there is no such file";
            throw new RunFileException(path, RunFileFault.NotFound, reason);
        }

        if (file.Length == 0)
        {
            throw new RunFileException(path, RunFileFault.Empty, "it is empty");
        }

        if (file.Length < SmallestDatabase)
        {
            throw new RunFileException(path, RunFileFault.NotARunFile, "it is not a database, but too short for one");
        }

        var connection = SqliteCommands.Open(path, SqliteOpenMode.ReadOnly);
        try
        {
            Harden(connection);
            RunFileSchema.VersionOf(connection);
            return connection;
        }
        catch (SqliteException exception) when (
            exception.SqliteErrorCode is raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY && !File.Exists(path + "-wal"))
        {
            // A file in WAL mode, without a log, in a folder where SQLite cannot put its index: nobody writes to it.
            connection.Dispose();
            connection = SqliteCommands.Open(new Uri(path).AbsoluteUri + "?immutable=1", SqliteOpenMode.ReadOnly);
            Harden(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>What a stranger's file could make SQLite do, and what SQLite would do to the file, is switched off.</summary>
    private static void Harden(SqliteConnection connection)
    {
        raw.sqlite3_db_config(connection.Handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
        raw.sqlite3_db_config(connection.Handle, raw.SQLITE_DBCONFIG_DEFENSIVE, 1, out _);
        raw.sqlite3_db_config(connection.Handle, raw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, out _);
        connection.Execute("PRAGMA cell_size_check = ON");
    }

    private static SqliteConnection Modernise(SqliteConnection old, RunFileSchema schema, int version)
    {
        var copy = SqliteCommands.Open(":memory:", SqliteOpenMode.Memory);
        try
        {
            old.BackupDatabase(copy);
            schema.Migrate(copy, version);
            old.Dispose();
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>Turns whatever a damaged file makes happen into the one exception.</summary>
    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteException exception)
        {
            var (fault, reason) = exception.SqliteErrorCode switch
            {
                raw.SQLITE_NOTADB => (RunFileFault.NotARunFile, "it is not a database, or its beginning is damaged"),
                raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_AUTH or raw.SQLITE_READONLY =>
                    (RunFileFault.NotFound, "it cannot be opened; if a file ending in -wal is beside it, its folder must be writable"),
                raw.SQLITE_BUSY or raw.SQLITE_LOCKED => (RunFileFault.Locked, "another program has locked it"),
                _ => (RunFileFault.Damaged, "it is damaged"),
            };
            throw new RunFileException(path, fault, $"{reason} ({exception.Message.TrimEnd('.')})", exception);
        }
        catch (InvalidDataException exception)
        {
            throw new RunFileException(path, RunFileFault.Damaged, $"it is damaged: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException and not RunFileException
            or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new RunFileException(path, RunFileFault.NotFound, exception.Message.TrimEnd('.'), exception);
        }
    }

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : throw new InvalidDataException("a time cannot be read");

    private RunInfo ReadRun()
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        Read("SELECT name, value FROM property ORDER BY name", row => properties[row.Text(0)] = row.Text(1));
        var layers = new List<LayerInfo>();
        Read(
            "SELECT path, kind, gradient_ratio, depth_factor FROM layer ORDER BY id",
            row => layers.Add(new LayerInfo(row.Text(0), row.Text(1), row.OptionalNumber(2), row.OptionalNumber(3))));
        RunInfo? run = null;
        Read(
            "SELECT run_id, model_type, started FROM run",
            row => run = new RunInfo(row.Text(0), row.Text(1), Time(row.Text(2)), layers, properties));
        return run ?? throw new InvalidDataException("it does not say which run it is of");
    }

    private List<StepRecord> ReadPage(long? after)
    {
        using var command = _connection.Prepare(
            "SELECT step, time, loss, data FROM step WHERE step > $0 ORDER BY step LIMIT $1", 2);
        command.Parameters[0].Value = after ?? long.MinValue;
        command.Parameters[1].Value = PageSize;
        using var row = command.ExecuteReader();
        var page = new List<StepRecord>();
        while (row.Read())
        {
            var step = row.Integer(0);
            try
            {
                page.Add(StepCodec.Decode(step, new TimeSpan(row.Integer(1)), row.OptionalNumber(2), row.Blob(3), NameFor));
            }
            catch (InvalidDataException exception)
            {
                throw new InvalidDataException($"step {step}: {exception.Message}", exception);
            }
        }

        return page;
    }

    private string NameFor(long id)
    {
        if (!_names.TryGetValue(id, out var name))
        {
            Read("SELECT id, path, checksum FROM name", row =>
            {
                var (key, path) = (row.Integer(0), row.Text(1));
                _names[key] = Checksum.Of(key, path) == row.Integer(2)
                    ? path
                    : throw new InvalidDataException($"the checksum of the name {key} is wrong");
            });
            name = _names.GetValueOrDefault(id) ?? throw new InvalidDataException($"the name {id} is missing");
        }

        return name;
    }

    private void Read(string sql, Action<SqliteDataReader> take)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            take(row);
        }
    }
}
