using System.Diagnostics;
using StabilityAnalyzers.RunLog;
using TorchSharp;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <content>How a step is read, completed and shown.</content>
public sealed partial class GradientRecorder
{
    /// <summary>Takes a step in: reads everything that the passes left behind, before the gradients are changed.</summary>
    private (StepRecord? Record, WeightCopies? Weights) Take(Tensor? loss, bool withUpdates)
    {
        try
        {
            lock (_gate)
            {
                return _isDisposed ? default : TakeLocked(loss, withUpdates);
            }
        }
        catch (Exception exception)
        {
            _problems.Report("step", $"A step could not be recorded: {exception.Message}", exception);
            return default;
        }
    }

    /// <summary>Shows a record to everybody who wants to see it.</summary>
    private StepRecord? Publish(StepRecord? record)
    {
        if (record is null)
        {
            return null;
        }

        IReadOnlyList<Finding> findings = [];
        try
        {
            lock (_gate)
            {
                _run ??= DescribeForGood();
                findings = _detectors.Observe(_run, record);
                _findings.AddRange(findings);
                if (findings.Count > 0)
                {
                    // The schedule may look closer now.
                    _lastAlert = record.Step;
                    _forward?.Expect(DetailOf(record.Step + 1));
                }

                _problems.Guard("summary", () => Summarize(_run, record, findings));
                _problems.Guard("run file", () => Write(_run, record, findings));
                _outputs.Write(_run, record, findings);
                LastRecord = record;
            }
        }
        catch (Exception exception)
        {
            _problems.Report("step", $"A step could not be recorded: {exception.Message}", exception);
        }

        // Outside the lock: a handler may do anything, also wait for another thread that records.
        Raise(StepRecorded, record);
        foreach (Finding finding in findings)
        {
            if (_options.OnFinding is { } onFinding)
            {
                _problems.Guard("finding callback", () => onFinding(finding));
            }

            Raise(FindingEstablished, finding);
        }

        return record;
    }

    private (StepRecord? Record, WeightCopies? Weights) TakeLocked(Tensor? loss, bool withUpdates)
    {
        long step = _step;
        Interlocked.Increment(ref _step);
        try
        {
            _problems.Guard("prediction", () => _forward?.CompleteTrace(null));
            if (!IsDue(step))
            {
                return default;
            }

            bool updates = withUpdates && _options.Updates?.IsDue(step) == true;
            StepRecord record = Measure(step, loss, updates);
            _run ??= DescribeForGood();
            WeightCopies? weights = null;
            if (updates)
            {
                _problems.Guard("updates", () => weights = _parameters.Copy());
            }

            return (record, weights);
        }
        finally
        {
            _problems.Guard("hooks", () => _forward?.Release(DetailOf(step + 1)));
        }
    }

    private bool IsDue(long step) => _options.Schedule.IsDue(step, _lastAlert);

    private StepRecord Measure(long step, Tensor? loss, bool withNorms)
    {
        using var queue = new MeasurementQueue();
        List<PendingParameter> parameters = _parameters.Read(queue, withNorms);
        List<PendingLayer> layers = _forward?.Read(queue) ?? [];
        IReadOnlyList<TensorStatistics> measured = queue.Complete();
        ParameterRecord[] parameterRecords = parameters.Select(parameter => parameter.ToRecord(measured)).ToArray();
        _forward?.ReportUnseenLayers(parameterRecords);
        double? validation = _validationLoss;
        _validationLoss = null;
        return new StepRecord(
            step,
            Stopwatch.GetElapsedTime(_startedTicks),
            ReadLoss(loss),
            parameterRecords,
            layers.Select(layer => layer.ToRecord(measured)).ToArray())
        {
            Activations = _forward?.ReadActivations() ?? [],
            Input = _forward?.TakeInput(),
            OutputSpread = _forward?.OutputSpread(),
            ValidationLoss = validation,
        };
    }

    private static StepRecord WithUpdates(StepRecord record, Dictionary<string, TensorStatistics> changes) => record with
    {
        Parameters =
        [
            .. record.Parameters.Select(parameter =>
                changes.TryGetValue(parameter.Path, out TensorStatistics change) ? parameter with { Update = change } : parameter),
        ],
    };

    private ForwardDetail DetailOf(long step) => !IsDue(step) ? ForwardDetail.None
        : ForwardDetail.ErrorSignals
            | (_options.LayerOutputs?.IsDue(step) == true ? ForwardDetail.Outputs : 0)
            | (_options.Activations?.IsDue(step) == true ? ForwardDetail.Activations : 0);

    private double? ReadLoss(Tensor? loss)
    {
        try
        {
            return loss?.ToDouble();
        }
        catch (Exception exception)
        {
            _problems.Report("loss", $"The loss could not be read: {exception.Message}", exception);
            return null;
        }
    }
}
