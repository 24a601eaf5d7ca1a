using Microsoft.Data.Sqlite;

namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>Holds the write lock of a database, as a tool does that has it open for editing.</summary>
internal sealed class Lock : IDisposable
{
    private readonly SqliteConnection _connection;

    public Lock(string path)
    {
        _connection = SqliteCommands.Open(path, SqliteOpenMode.ReadWrite, timeoutSeconds: 30);
        _connection.Execute("BEGIN EXCLUSIVE");
    }

    public void Dispose() => _connection.Dispose();
}
