using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Handles of our own to what a layer returned, so that its gradient can be read after the backward pass. They are
/// detached from the user's dispose scopes, which may end before that, and survive a <c>Sequential</c> that disposes its
/// intermediate results.
/// </summary>
internal sealed class CapturedOutput : IDisposable
{
    private readonly List<Tensor> _tensors = new(capacity: 1);

    /// <summary>Takes handles to the tensors of a result that take part in the backward pass.</summary>
    /// <param name="result">A tensor or a tuple of tensors.</param>
    /// <returns>Null if there is none: under <c>no_grad</c>, or where nothing is trained so far.</returns>
    public static CapturedOutput? TryTake(object? result)
    {
        var captured = new CapturedOutput();
        try
        {
            if (result is Tensor single)
            {
                captured.TryAdd(single);
            }
            else
            {
                foreach (Tensor tensor in TensorsWithin.Of(result))
                {
                    captured.TryAdd(tensor);
                }
            }

            return captured._tensors.Count > 0 ? captured : null;
        }
        catch
        {
            captured.Dispose();
            throw;
        }
    }

    /// <summary>The output itself: of several, the first.</summary>
    public Tensor Output => _tensors[0];

    /// <summary>
    /// The gradient of the first tensor that has one: of a recurrent layer the sequence, or where only the last state is used,
    /// that. The caller disposes it.
    /// </summary>
    public Tensor? Gradient()
    {
        foreach (Tensor tensor in _tensors)
        {
            if (tensor.grad is { } gradient)
            {
                return gradient;
            }
        }

        return null;
    }

    /// <summary>Gives the handles back.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors)
        {
            tensor.Dispose();
        }

        _tensors.Clear();
    }

    private void TryAdd(Tensor tensor)
    {
        if (!tensor.IsInvalid && tensor.requires_grad)
        {
            Tensor handle = tensor.alias().DetachFromDisposeScope();
            _tensors.Add(handle);
            handle.retain_grad();
        }
    }
}
