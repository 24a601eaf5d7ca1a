using System.Globalization;
using Microsoft.Data.Sqlite;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// The tables of a run file, as the list of steps that lead from an empty database to the newest version: the step at
/// index <c>n</c> brings a file of version <c>n</c> to version <c>n + 1</c>. A released step never changes; a new version
/// is a new step. The version is in <c>PRAGMA user_version</c>.
/// </summary>
/// <remarks>
/// Version 1: <c>run</c> has one row (times in ISO 8601; <c>ended</c> is NULL until the file is closed; <c>lost</c> counts
/// dropped records); <c>layer</c> has the layers in forward order with what is predicted of them; <c>name</c> has each
/// path of a parameter or layer that occurs in a step; <c>step</c> has one row for each sampled step (<c>time</c> in units
/// of 100 ns since the start, <c>loss</c> NULL if none was given, <c>data</c> as <see cref="StepCodec"/> says);
/// <c>finding</c> has the findings in their order (<c>severity</c> 0 Info, 1 Warning). The log of losses is therefore
/// <c>SELECT step, loss FROM step</c> in any SQLite shell.
/// </remarks>
internal sealed class RunFileSchema(IReadOnlyList<string> steps)
{
    /// <summary>"STAB" in ASCII, in <c>PRAGMA application_id</c>: what tells a run file from other databases.</summary>
    private const int ApplicationId = 0x53544142;

    // Columns of numbers that may be NaN (kept as the text 'NaN') or -0 have no declared type, so that SQLite stores
    // what it is given.
    private const string Version1 = """
        CREATE TABLE run (
          id INTEGER PRIMARY KEY CHECK (id = 1),
          run_id TEXT NOT NULL,
          model_type TEXT NOT NULL,
          started TEXT NOT NULL,
          ended TEXT,
          lost INTEGER NOT NULL DEFAULT 0,
          process_id INTEGER,
          machine TEXT);
        CREATE TABLE property (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE layer (
          id INTEGER PRIMARY KEY,
          path TEXT NOT NULL,
          kind TEXT NOT NULL,
          gradient_ratio,
          depth_factor);
        CREATE TABLE name (id INTEGER PRIMARY KEY, path TEXT NOT NULL, checksum INTEGER NOT NULL);
        CREATE TABLE step (step INTEGER PRIMARY KEY, time INTEGER NOT NULL, loss, data BLOB NOT NULL);
        CREATE TABLE finding (
          id INTEGER PRIMARY KEY,
          rule_id TEXT NOT NULL,
          severity INTEGER NOT NULL,
          layer TEXT,
          step INTEGER NOT NULL,
          value,
          threshold,
          message TEXT NOT NULL,
          remedy TEXT);
        """;

    /// <summary>The schema of this version of the library.</summary>
    public static RunFileSchema Current { get; } = new([Version1]);

    public IReadOnlyList<string> Steps => steps;

    public int Version => steps.Count;

    /// <summary>Brings an open, writable database from one version to the newest, all or nothing.</summary>
    public void Migrate(SqliteConnection connection, int from)
    {
        using var transaction = connection.BeginTransaction();
        for (var version = from; version < Version; version++)
        {
            connection.Execute(steps[version]);
        }

        connection.Execute(string.Create(
            CultureInfo.InvariantCulture,
            $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version};"));
        transaction.Commit();
    }

    /// <summary>Version of a database, or null if it is not a run file.</summary>
    public static int? VersionOf(SqliteConnection connection) =>
        connection.Scalar("PRAGMA application_id") is (long)ApplicationId
            && connection.Scalar("PRAGMA user_version") is long version and > 0 and <= int.MaxValue
            ? (int)version
            : null;

    /// <summary>
    /// Throws if the database lacks a table of a version, has it in another form, or holds anything that would run when it
    /// is read: a view, a trigger, a virtual table.
    /// </summary>
    /// <exception cref="InvalidDataException">The tables are not those of the version.</exception>
    public void Check(SqliteConnection connection, int version)
    {
        using var model = SqliteCommands.Open(":memory:", SqliteOpenMode.Memory);
        new RunFileSchema([.. steps.Take(version)]).Migrate(model, from: 0);

        // What has no page of its own is a view, a trigger or a virtual table, however its text is spelled.
        if (connection.Scalar("SELECT count(*) FROM sqlite_master WHERE coalesce(rootpage, 0) <= 0") is not 0L)
        {
            throw new InvalidDataException("it holds views, triggers or virtual tables, which a run file never does");
        }

        if (Objects(model).Except(Objects(connection)).FirstOrDefault() is { Name: not null } missing)
        {
            throw new InvalidDataException($"the {missing.Type} '{missing.Name}' is missing or altered");
        }
    }

    private static HashSet<(string Type, string Name, string Sql)> Objects(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT type, name, coalesce(sql, '') FROM sqlite_master";
        using var row = command.ExecuteReader();
        var objects = new HashSet<(string, string, string)>();
        while (row.Read())
        {
            objects.Add((row.Text(0), row.Text(1), row.Text(2)));
        }

        return objects;
    }
}
