// Top-level statements, two models, two optimizers, local functions and lambdas, truncated backpropagation.
using static TorchSharp.torch.nn.utils;

var device = cuda.is_available() ? CUDA : CPU;
var encoder = GRU(8, 32).to(device);
var decoder = new Decoder(32, 8).to(device);
var encoderOptimizer = optim.Adam(encoder.parameters());
var decoderOptimizer = optim.SGD(decoder.parameters().ToArray(), learningRate: 0.1, momentum: 0.9);
var both = optim.RMSProp(encoder.parameters().Concat(decoder.parameters()));
var lossFunction = CrossEntropyLoss();
Action<Tensor> backward = loss => loss.backward();
Action step = () => { encoderOptimizer.step(); decoderOptimizer.step(); };

for (var epoch = 0; epoch < 5; epoch++)
{
    var hidden = zeros(1, 4, 32, device: device);
    foreach (var batch in Batches())
    {
        using var scope = NewDisposeScope();
        encoder.zero_grad();
        decoder.zero_grad();
        var loss = Loss(batch, hidden);
        loss.backward();
        if (epoch % 2 == 0)
            encoderOptimizer.step();
        else if (epoch > 3)
            clip_grad_value_(decoder.parameters(), 1);
        decoderOptimizer.step();
        hidden = hidden.detach().MoveToOuterDisposeScope();
    }

    do
    {
        Loss(rand(4, 4, 8), hidden).backward();
        both.step();
    }
    while (epoch > 100);

    Loss(rand(4, 4, 8), hidden).backward();
    step();
    backward(Loss(rand(4, 4, 8), hidden));
}

Tensor Loss(Tensor batch, Tensor hidden)
{
    var (output, _) = encoder.call(batch.to(device), hidden);
    return lossFunction.call(decoder.call(output), batch.argmax(-1));
}

static IEnumerable<Tensor> Batches()
{
    for (var i = 0; i < 10; i++) yield return rand(4, 4, 8);
}

internal sealed class Decoder : Module<Tensor, Tensor>
{
    private readonly ModuleList<GRUCell> cells = new();
    private readonly Linear output;

    public Decoder(int size, int words) : base("Decoder")
    {
        for (var i = 0; i < 2; i++) cells.Add(GRUCell(size, size));
        output = Linear(size, words);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        foreach (var cell in cells) x = cell.call(x.flatten(0, -2), zeros(x.shape[0] * x.shape[1], x.shape[2])).view(x.shape);
        return output.call(x);
    }
}
