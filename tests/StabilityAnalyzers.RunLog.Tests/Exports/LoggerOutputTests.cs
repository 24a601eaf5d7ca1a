using Microsoft.Extensions.Logging;

namespace StabilityAnalyzers.RunLog.Tests;

public class LoggerOutputTests
{
    [Fact]
    public void FindingsAreLoggedWithTheirValues()
    {
        var logger = new Logger();
        using (var output = new LoggerOutput(logger))
        {
            output.Begin(Some.Run());
            output.Write(Some.Step(3));
            output.Write(new Finding("STAB9001", FindingSeverity.Warning, "fc0", 3, 1e-9, 1e-8, "The gradient vanishes at 'fc0'", "Initialise it"));
            output.Write(new Finding("STAB9003", FindingSeverity.Info, null, 4, 1, 0, "One NaN"));
        }

        Assert.Equal([LogLevel.Debug, LogLevel.Warning, LogLevel.Information], logger.Entries.Select(entry => entry.Level));
        var (_, text, values) = logger.Entries[1];
        Assert.Contains("STAB9001 at step 3: The gradient vanishes at 'fc0'", text, StringComparison.Ordinal);
        Assert.Equal("STAB9001", values["RuleId"]);
        Assert.Equal(3L, values["Step"]);
        Assert.Equal("fc0", values["Layer"]);
        Assert.Equal(1e-9, values["Value"]);
        Assert.Equal(1e-8, values["Threshold"]);
        Assert.Equal("Initialise it", values["Remedy"]);
        Assert.Null(logger.Entries[2].Values["Layer"]);
        Assert.Throws<ArgumentNullException>(() => new LoggerOutput(null!));
    }

    private sealed class Logger : ILogger
    {
        public List<(LogLevel Level, string Text, Dictionary<string, object?> Values)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Add((logLevel, formatter(state, exception), ((IReadOnlyList<KeyValuePair<string, object?>>)state!).ToDictionary(pair => pair.Key, pair => pair.Value)));
    }
}
