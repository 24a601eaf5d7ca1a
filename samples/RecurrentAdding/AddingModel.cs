using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace RecurrentAdding;

/// <summary>
/// A simple recurrent network with orthogonal recurrent weights, so that it can remember at all: what keeps the signal alive
/// over many steps is also what lets gradients explode.
/// </summary>
internal sealed class AddingModel : Module<Tensor, Tensor>
{
    private readonly RNNCell cell;
    private readonly Linear head;

    internal AddingModel(long hidden)
        : base(nameof(AddingModel))
    {
        cell = RNNCell(2, hidden);
        head = Linear(hidden, 1);
        init.orthogonal_(cell.weight_hh!);
        RegisterComponents();
    }

    /// <param name="input">Sequences of shape [batch, steps, 2].</param>
    /// <returns>One sum for each sequence, of shape [batch, 1].</returns>
    public override Tensor forward(Tensor input)
    {
        Tensor? state = null;
        foreach (var step in input.unbind(1))
        {
            state = cell.call(step, state!);
        }

        return head.call(state!);
    }
}
