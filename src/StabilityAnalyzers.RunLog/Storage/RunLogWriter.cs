using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// Writes a run file in the background. Records wait in a bounded queue and one thread stores them, a transaction for
/// all that came within <see cref="RunLogOptions.FlushInterval"/>; the caller never waits for the disk and never gets an
/// exception. What cannot be stored is counted in <see cref="LostRecords"/> and reported once through
/// <see cref="Problem"/> and <see cref="RunLogOptions.OnProblem"/>, before anybody who waits in <see cref="Flush"/> goes
/// on. All members may be used from several threads.
/// </summary>
public sealed class RunLogWriter : IDisposable
{
    // SQLite's codes of errors that may pass: busy, locked, out of memory, input/output, full.
    private static readonly int[] PassingErrors = [5, 6, 7, 10, 13];

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // A finding is rare and matters more than a step: there is room for it when there is none for steps.
    private const int RoomForFindings = 1024;

    private readonly object _gate = new();
    private readonly RunLogOptions _options;
    private readonly RunFile? _file;
    private readonly Thread? _thread;

    // All under the gate.
    private List<object> _queue = [];
    private long _waiting;
    private long _accepted;
    private long _settled;
    private long _stored;
    private long _lost;
    private int _flushing;
    private bool _closed;
    private long _closeStarted;
    private RunLogProblem? _problem;

    private RunLogWriter(string path, RunInfo run, RunLogOptions options)
    {
        Path = path;
        _options = options;
        try
        {
            Path = System.IO.Path.GetFullPath(path);
            _file = RunFile.Create(Path, run, options.MaximumFileSize);
            _thread = new Thread(Work) { IsBackground = true, Name = "StabilityAnalyzers run log" };
            _thread.Start();
            AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        }
        catch (Exception exception)
        {
            _closed = true;
            _file?.Dispose();
            Report(RunLogProblemKind.Stopped, $"The run is not recorded: '{Path}' cannot be made: {Reason(exception)}", exception);
        }
    }

    /// <summary>Full path of the run file.</summary>
    public string Path { get; private set; }

    /// <summary>True as long as records are taken: not after an error that cannot pass, nor after <see cref="Dispose"/>.</summary>
    public bool IsWriting
    {
        get
        {
            lock (_gate)
            {
                return !_closed;
            }
        }
    }

    /// <summary>The gravest thing that went wrong until now; null if nothing did.</summary>
    public RunLogProblem? Problem
    {
        get
        {
            lock (_gate)
            {
                return _problem;
            }
        }
    }

    /// <summary>Steps and findings that are in the file.</summary>
    public long StoredRecords
    {
        get
        {
            lock (_gate)
            {
                return _stored;
            }
        }
    }

    /// <summary>Steps and findings that were dropped, for whatever reason. The file holds this number too.</summary>
    public long LostRecords
    {
        get
        {
            lock (_gate)
            {
                return _lost;
            }
        }
    }

    /// <summary>Makes a run file and starts writing it. Missing folders are made; an existing file is never touched.</summary>
    /// <param name="path">Where the file shall be; see <see cref="RunLogLocation"/> for the usual place.</param>
    /// <param name="run">What the run is about.</param>
    /// <param name="options">How to write; null for the defaults.</param>
    /// <returns>The writer; if the file could not be made, one that takes nothing and has a <see cref="Problem"/>.</returns>
    public static RunLogWriter Create(string path, RunInfo run, RunLogOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(run);
        return new RunLogWriter(path, run, options ?? new RunLogOptions());
    }

    /// <summary>Hands over a step; the record and its lists must not change afterwards.</summary>
    /// <param name="step">The step, with another number than all before.</param>
    /// <returns>False if it was dropped.</returns>
    public bool TryWrite(StepRecord step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return Enqueue(step, _options.QueueCapacity);
    }

    /// <summary>Hands over a finding.</summary>
    /// <param name="finding">The finding.</param>
    /// <returns>False if it was dropped.</returns>
    public bool TryWrite(Finding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        return Enqueue(finding, (long)_options.QueueCapacity + RoomForFindings);
    }

    /// <summary>Waits until everything that was handed over is in the file, or is lost.</summary>
    /// <param name="timeout">How long to wait at most; null for <see cref="RunLogOptions.CloseTimeout"/>.</param>
    /// <returns>False if the time ran out.</returns>
    public bool Flush(TimeSpan? timeout = null)
    {
        var started = Stopwatch.GetTimestamp();
        var limit = timeout ?? _options.CloseTimeout;
        lock (_gate)
        {
            var goal = _accepted;
            _flushing++;
            Monitor.PulseAll(_gate);
            while (_settled < goal)
            {
                var left = limit - Stopwatch.GetElapsedTime(started);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left))
                {
                    break;
                }
            }

            _flushing--;
            return _settled >= goal;
        }
    }

    /// <summary>
    /// Stores what waits, notes the end of the run and closes the file; takes at most about
    /// <see cref="RunLogOptions.CloseTimeout"/> and two seconds.
    /// </summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        lock (_gate)
        {
            if (!_closed)
            {
                _closed = true;
                _closeStarted = Stopwatch.GetTimestamp();
                Monitor.PulseAll(_gate);
            }
        }

        if (_thread is { } thread && thread != Thread.CurrentThread)
        {
            thread.Join(_options.CloseTimeout + TimeSpan.FromSeconds(2));
        }
    }

    private static long Weight(object record) =>
        record is StepRecord step ? 1L + (step.Parameters?.Count ?? 0) + (step.Layers?.Count ?? 0) : 1;

    private void OnProcessExit(object? sender, EventArgs arguments) => Dispose();

    private bool Enqueue(object record, long capacity)
    {
        var weight = Weight(record);
        lock (_gate)
        {
            if (_closed)
            {
                _lost++;
                return false;
            }

            // One step alone is always taken, however large the model is.
            if (_waiting == 0 || _waiting + weight <= capacity)
            {
                _queue.Add(record);
                _accepted++;
                _waiting += weight;
                if (_queue.Count == 1 || _waiting >= capacity / 4)
                {
                    Monitor.PulseAll(_gate);
                }

                return true;
            }

            _lost++;
        }

        Report(
            RunLogProblemKind.QueueFull,
            $"Steps come faster than '{Path}' can be written; some are left out of it. Record fewer steps.");
        return false;
    }

    private void Work()
    {
        var batch = new List<object>();
        var pause = TimeSpan.Zero;
        try
        {
            while (Take(ref batch, pause))
            {
                if (TryStore(batch))
                {
                    batch.Clear();
                    pause = TimeSpan.Zero;
                }
                else
                {
                    pause = pause == TimeSpan.Zero ? TimeSpan.FromMilliseconds(250) : pause * 2;
                    pause = pause > LongestPause ? LongestPause : pause;
                }
            }

            Close();
        }
        catch (Exception exception)
        {
            Stop(batch, exception);
        }
        finally
        {
            try
            {
                _file!.Dispose();
            }
            catch (SqliteException)
            {
                // Nothing can be done about a file that cannot even be closed.
            }
        }
    }

    /// <summary>
    /// Waits for something to do and moves it into the batch, behind what could not be stored the last time.
    /// </summary>
    /// <returns>False if there is nothing more to do, for ever.</returns>
    private bool Take(ref List<object> batch, TimeSpan pause)
    {
        lock (_gate)
        {
            var started = Stopwatch.GetTimestamp();
            while (!_closed)
            {
                var idle = _queue.Count == 0 && batch.Count == 0;
                var until = batch.Count > 0 ? pause : _options.FlushInterval;
                var left = idle ? Timeout.InfiniteTimeSpan : until - Stopwatch.GetElapsedTime(started);
                var urgent = batch.Count == 0 && !idle && (_flushing > 0 || _waiting >= _options.QueueCapacity / 4);
                if (urgent || (!idle && left <= TimeSpan.Zero))
                {
                    break;
                }

                Monitor.Wait(_gate, left);
                if (idle)
                {
                    // The interval begins with the first record.
                    started = Stopwatch.GetTimestamp();
                }
            }

            if (batch.Count == 0)
            {
                (batch, _queue) = (_queue, batch);
            }
            else if (_closed && Stopwatch.GetElapsedTime(_closeStarted) >= _options.CloseTimeout)
            {
                GiveUp(batch);
                batch.Clear();
                return false;
            }
            else if (_closed)
            {
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(50));
            }

            return batch.Count > 0;
        }
    }

    private bool TryStore(List<object> batch)
    {
        try
        {
            var (refused, reason) = _file!.Write(batch, LostRecords);
            if (refused > 0)
            {
                Report(RunLogProblemKind.RecordRefused, $"'{Path}' lacks a record: {reason}.");
            }

            lock (_gate)
            {
                _lost += refused;
                _stored += batch.Count - refused;
                Settle(batch);
            }

            return true;
        }
        catch (SqliteException exception) when (Array.IndexOf(PassingErrors, exception.SqliteErrorCode) >= 0)
        {
            Report(
                RunLogProblemKind.WriteDelayed,
                $"'{Path}' cannot be written at the moment: {Reason(exception)} It is tried again; what finds no room in memory is lost.",
                exception);
            return false;
        }
    }

    private void Close()
    {
        try
        {
            _file!.Finish(LostRecords);
        }
        catch (SqliteException exception)
        {
            // All records are there; only the note of the end is missing.
            Report(RunLogProblemKind.WriteDelayed, $"The end of the run could not be noted in '{Path}': {Reason(exception)}", exception);
        }
    }

    private void Stop(List<object> batch, Exception exception)
    {
        Report(RunLogProblemKind.Stopped, $"The run is not recorded any more: '{Path}' cannot be written: {Reason(exception)}", exception);
        lock (_gate)
        {
            _closed = true;
            GiveUp(batch);
        }
    }

    /// <summary>Counts everything that is not stored as lost. Under the gate.</summary>
    private void GiveUp(List<object> batch)
    {
        _lost += batch.Count + _queue.Count;
        Settle(batch);
        Settle(_queue);
        _queue.Clear();
    }

    /// <summary>These records wait no longer. Under the gate.</summary>
    private void Settle(List<object> records)
    {
        _settled += records.Count;
        foreach (var record in records)
        {
            _waiting -= Weight(record);
        }

        Monitor.PulseAll(_gate);
    }

    private void Report(RunLogProblemKind kind, string message, Exception? cause = null)
    {
        RunLogProblem problem;
        lock (_gate)
        {
            if (_problem is { } known && known.Kind >= kind)
            {
                return;
            }

            _problem = problem = new RunLogProblem(kind, message, cause);
        }

        try
        {
            _options.OnProblem?.Invoke(problem);
        }
        catch (Exception)
        {
            // The training must not suffer from a callback about the log.
        }
    }

    private static string Reason(Exception exception)
    {
        var text = exception.Message.TrimEnd();
        return text.EndsWith('.') ? text : text + ".";
    }
}
