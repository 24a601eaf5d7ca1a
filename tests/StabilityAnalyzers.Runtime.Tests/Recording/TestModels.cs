using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>Models and data of the recorder's tests.</summary>
internal static class TestModels
{
    /// <summary>No files, so that a test leaves nothing behind.</summary>
    public static RecorderOptions InMemory { get; } = new() { WriteRunFile = false };

    /// <summary>Everything that can be recorded, in every step.</summary>
    public static RecorderOptions EveryDetail { get; } = InMemory with
    {
        WeightNorms = true,
        Updates = RecordingSchedule.EveryStep,
        Activations = RecordingSchedule.EveryStep,
        LayerOutputs = RecordingSchedule.EveryStep,
    };

    public static Sequential Mlp(int depth = 3, int width = 16, Func<Module<Tensor, Tensor>>? activation = null)
    {
        var layers = new List<(string, Module<Tensor, Tensor>)>();
        for (int i = 0; i < depth; i++)
        {
            layers.Add(("fc" + i, Linear(i == 0 ? 4 : width, width)));
            layers.Add(("act" + i, activation?.Invoke() ?? Tanh()));
        }

        layers.Add(("head", Linear(width, 3)));
        return Sequential(layers.ToArray());
    }

    public static Sequential ConvolutionNet() => Sequential(
        ("conv1", Conv2d(1, 4, 3, padding: 1)),
        ("relu1", ReLU(inplace: true)),
        ("pool", MaxPool2d(2)),
        ("conv2", Conv2d(4, 8, 3)),
        ("relu2", ReLU()),
        ("drop", Dropout(0.3)),
        ("flatten", Flatten()),
        ("head", Linear(8 * 2 * 2, 3)));

    /// <summary>One step of classification; the loss, which the caller disposes.</summary>
    public static Tensor Backward(Module<Tensor, Tensor> model, Tensor input, Tensor target)
    {
        using Tensor output = model.call(input);
        Tensor loss = functional.cross_entropy(output, target);
        loss.backward();
        return loss;
    }

    public static float[] Weights(nn.Module model) =>
        model.parameters().SelectMany(parameter => parameter.detach().cpu().to_type(float32).reshape(-1).data<float>().ToArray()).ToArray();
}

/// <summary>Layers called one after the other through <c>call</c> or <c>forward</c>.</summary>
internal sealed class HandWritten : Module<Tensor, Tensor>
{
    private readonly bool _useCall;
    private readonly Linear fc0 = Linear(4, 16);
    private readonly Linear fc1 = Linear(16, 16);
    private readonly Linear head = Linear(16, 3);
    private readonly Tanh tanh = Tanh();

    public HandWritten(bool useCall)
        : base("HandWritten")
    {
        _useCall = useCall;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor result = _useCall
            ? head.call(tanh.call(fc1.call(tanh.call(fc0.call(input)))))
            : head.forward(tanh.forward(fc1.forward(tanh.forward(fc0.forward(input)))));
        return result.MoveToOuterDisposeScope();
    }
}

/// <summary>An LSTM and a head on its last output.</summary>
internal sealed class SequenceClassifier : Module<Tensor, Tensor>
{
    private readonly LSTM lstm = LSTM(4, 8, batchFirst: true);
    private readonly Linear head = Linear(8, 3);

    public SequenceClassifier()
        : base("SequenceClassifier") => RegisterComponents();

    public override Tensor forward(Tensor input)
    {
        (Tensor output, Tensor h, Tensor c) = lstm.call(input);
        using (output)
        using (h)
        using (c)
        using (Tensor last = output.select(1, -1))
        {
            return head.call(last);
        }
    }
}

/// <summary>A cell that is called once for each time step.</summary>
internal sealed class CellClassifier : Module<Tensor, Tensor>
{
    private readonly GRUCell cell = GRUCell(4, 8);
    private readonly Linear head = Linear(8, 3);

    public CellClassifier()
        : base("CellClassifier") => RegisterComponents();

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor state = zeros(input.shape[0], 8);
        for (int t = 0; t < input.shape[1]; t++)
        {
            state = cell.call(input.select(1, t), state);
        }

        return head.call(state).MoveToOuterDisposeScope();
    }
}
