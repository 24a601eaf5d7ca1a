using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Tests.Sweep.Measurement;

/// <summary>
/// Keeps the outputs of the layers with weights of a model, in the order in which they are computed, with plain TorchSharp
/// hooks and without any part of this project.
/// </summary>
internal sealed class ForwardCapture
{
    private readonly List<(string Path, Tensor Output)> outputs = [];

    /// <summary>Registers hooks on every layer with weights.</summary>
    /// <param name="model">The model.</param>
    public ForwardCapture(nn.Module model)
    {
        foreach (var (path, module) in model.named_modules())
        {
            switch (module)
            {
                case Linear or Convolution or Embedding or TransformerEncoderLayer:
                    ((nn.Module<Tensor, Tensor>)module).register_forward_hook((_, _, result) => Keep(path, result));
                    break;
                case Bilinear or RNNCell or GRUCell:
                    ((nn.Module<Tensor, Tensor, Tensor>)module).register_forward_hook((_, _, _, result) => Keep(path, result));
                    break;
                case RNN or GRU:
                    ((nn.Module<Tensor, Tensor, (Tensor, Tensor)>)module).register_forward_hook((_, _, _, result) => { Keep(path, result.Item1); return result; });
                    break;
                case LSTM lstm:
                    lstm.register_forward_hook((_, _, _, result) => { Keep(path, result.Item1); return result; });
                    break;
                case LSTMCell cell:
                    cell.register_forward_hook((_, _, _, result) => { Keep(path, result.Item1); return result; });
                    break;
                case MultiheadAttention attention:
                    attention.register_forward_hook((_, _, _, _, _, _, _, result) => { Keep(path, result.Item1); return result; });
                    break;
            }
        }
    }

    /// <summary>Path and output of each call of a layer, in forward order. After a backward pass each output has its gradient.</summary>
    public IReadOnlyList<(string Path, Tensor Output)> Outputs => outputs;

    // An alias: Sequential disposes of what lies between its layers. Detached: forward may have a scope of its own.
    private Tensor Keep(string path, Tensor output)
    {
        if (output.requires_grad)
        {
            var alias = output.alias().DetachFromDisposeScope();
            alias.retain_grad();
            outputs.Add((path, alias));
        }

        return output;
    }
}
