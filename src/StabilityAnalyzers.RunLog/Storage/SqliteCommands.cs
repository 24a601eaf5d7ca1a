using Microsoft.Data.Sqlite;

namespace StabilityAnalyzers.RunLog;

/// <summary>What every part of the storage needs to speak with SQLite.</summary>
internal static class SqliteCommands
{
    /// <summary>Text that stands for a number that is not one: SQLite stores NaN as NULL.</summary>
    private const string NaN = "NaN";

    /// <summary>Opens a database. Never pooled: a pool would keep the file open after the connection is gone.</summary>
    /// <param name="source">Full path, or a <c>file:</c> address.</param>
    /// <param name="mode">How to open it.</param>
    /// <param name="timeoutSeconds">How long a statement waits for a lock.</param>
    public static SqliteConnection Open(string source, SqliteOpenMode mode, int timeoutSeconds = 1)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = source,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = timeoutSeconds,
        }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static void Execute(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public static object? Scalar(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>A command with the parameters <c>$0</c>, <c>$1</c>, ...</summary>
    public static SqliteCommand Prepare(this SqliteConnection connection, string sql, int parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
        }

        return command;
    }

    /// <summary>Runs a prepared command and returns the number of changed rows.</summary>
    public static int Run(this SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] switch
            {
                null => DBNull.Value,
                double number when double.IsNaN(number) => NaN,
                var value => value,
            };
        }

        return command.ExecuteNonQuery();
    }

    public static long Integer(this SqliteDataReader row, int column) =>
        row.GetValue(column) is long value ? value : throw Unexpected(row, column);

    public static long? OptionalInteger(this SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.Integer(column);

    public static string Text(this SqliteDataReader row, int column) =>
        row.GetValue(column) as string ?? throw Unexpected(row, column);

    public static string? OptionalText(this SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.Text(column);

    public static byte[] Blob(this SqliteDataReader row, int column) =>
        row.GetValue(column) as byte[] ?? throw Unexpected(row, column);

    public static double Number(this SqliteDataReader row, int column) => row.GetValue(column) switch
    {
        double value => value,
        string text when text == NaN => double.NaN,
        _ => throw Unexpected(row, column),
    };

    public static double? OptionalNumber(this SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.Number(column);

    private static InvalidDataException Unexpected(SqliteDataReader row, int column) =>
        new($"the column '{row.GetName(column)}' holds something else than it should");
}
