using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>Training with the recorder is bit for bit the training without it.</summary>
public class UndisturbedTrainingTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string optimizer in new[] { "SGD", "momentum", "Adam", "AdamW", "RMSprop" })
            {
                cases.Add("mlp", optimizer);
            }

            foreach (string model in new[] { "dropout", "in place", "convolution", "batch norm", "lstm", "cell", "forward", "clipped", "every third step" })
            {
                cases.Add(model, "momentum");
            }

            cases.Add("clipped", "Adam");
            cases.Add("lstm", "Adam");
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void WeightsAreTheSameBitForBit(string model, string optimizer)
    {
        float[] without = Train(model, optimizer, isRecorded: false, out float[] randomWithout);
        float[] with = Train(model, optimizer, isRecorded: true, out float[] randomWith);
        Assert.Equal(without.Select(BitConverter.SingleToInt32Bits), with.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(randomWithout, randomWith);

        // The comparison would be worth nothing if nothing were trained.
        Assert.All(with, weight => Assert.True(float.IsFinite(weight)));
        Assert.NotEqual(Initial(model), with);
    }

    private static float[] Initial(string kind)
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(3);
        using Module<Tensor, Tensor> model = Make(kind);
        return TestModels.Weights(model);
    }

    private static float[] Train(string kind, string optimizerName, bool isRecorded, out float[] random)
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(3);
        using Module<Tensor, Tensor> model = Make(kind);
        using optim.Optimizer optimizer = MakeOptimizer(optimizerName, model);
        RecorderOptions options = TestModels.EveryDetail;
        using GradientRecorder? recorder = isRecorded
            ? GradientRecorder.Attach(model, kind == "every third step" ? options with { Schedule = RecordingSchedule.Every(3) } : options)
            : null;
        for (int step = 0; step < 200; step++)
        {
            using DisposeScope iteration = NewDisposeScope();
            (Tensor input, Tensor target) = Batch(kind);
            optimizer.zero_grad();
            using Tensor loss = TestModels.Backward(model, input, target);
            if (kind == "clipped")
            {
                recorder?.Record(loss);
                torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1);
                optimizer.step();
            }
            else if (recorder is not null)
            {
                recorder.Step(optimizer, loss);
            }
            else
            {
                optimizer.step();
            }

            if (step % 50 == 10)
            {
                using IDisposable noGradient = no_grad();
                model.eval();
                model.call(input);
                model.train();
            }
        }

        if (recorder is not null)
        {
            Assert.Equal(200, recorder.StepCount);
            Assert.DoesNotContain(recorder.Problems, problem => problem.Part != "hooks");
            Assert.NotNull(recorder.LastRecord);
            Assert.Equal(kind != "forward", recorder.LastRecord.Layers.Any(layer => layer.ErrorSignal is not null));
        }

        random = rand(4).data<float>().ToArray();
        return TestModels.Weights(model);
    }

    private static Module<Tensor, Tensor> Make(string kind) => kind switch
    {
        "convolution" => TestModels.ConvolutionNet(),
        "dropout" => TestModels.Mlp(activation: () => Dropout(0.4)),
        "in place" => TestModels.Mlp(activation: () => ReLU(inplace: true)),
        "batch norm" => Sequential(Linear(4, 16), BatchNorm1d(16), ReLU(), Linear(16, 3)),
        "lstm" => new SequenceClassifier(),
        "cell" => new CellClassifier(),
        "forward" => new HandWritten(useCall: false),
        _ => TestModels.Mlp(),
    };

    private static (Tensor Input, Tensor Target) Batch(string kind)
    {
        Tensor input = kind switch
        {
            "convolution" => randn(16, 1, 8, 8),
            "lstm" or "cell" => randn(16, 6, 4),
            _ => randn(16, 4),
        };
        return (input, randint(0, 3, 16, int64));
    }

    private static optim.Optimizer MakeOptimizer(string name, nn.Module model) => name switch
    {
        "SGD" => optim.SGD(model.parameters(), 0.05),
        "momentum" => optim.SGD(model.parameters(), 0.05, momentum: 0.9),
        "Adam" => optim.Adam(model.parameters(), 0.01),
        "AdamW" => optim.AdamW(model.parameters(), 0.01),
        "RMSprop" => optim.RMSProp(model.parameters(), 0.01),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };
}
