using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

/// <summary>An optimizer that the recorder watches is stepped as the optimizer itself.</summary>
public sealed class WatchedOptimizerLoopTests
{
    // As the runtime declares them; its own tests hold it to these names.
    private const string Recorder = """
        using System;
        using TorchSharp;
        namespace StabilityAnalyzers.Runtime
        {
            public sealed class GradientRecorder
            {
                public static GradientRecorder Attach(torch.nn.Module model) => new GradientRecorder();
                public torch.optim.Optimizer Watch(torch.optim.Optimizer optimizer) => optimizer;
            }
        }
        """;

    private static readonly MetadataReference s_runtime = References.Assembly("StabilityAnalyzers.Runtime", Recorder);
    private static readonly MetadataReference s_other = References.Assembly("Other.Runtime", Recorder);

    private static string Loop(string loop) => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly LSTM lstm = LSTM(2, 2);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => lstm.call(x).Item1;
        }
        class Trainer
        {
            void Train(Tensor[] batches)
            {
                var model = new Net();
                var recorder = StabilityAnalyzers.Runtime.GradientRecorder.Attach(model);
                var optimizer = recorder.Watch(optim.SGD(model.parameters(), 0.1));
                foreach (var x in batches) { {{loop}} }
            }
        }
        """;

    [Fact]
    public Task Clipped() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(
        Loop("optimizer.zero_grad(); model.call(x).sum().backward(); torch.nn.utils.clip_grad_norm_(model.parameters(), 1); optimizer.step();"), s_runtime);

    [Fact]
    public Task Watched_by_something_else() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(
        Loop("optimizer.zero_grad(); model.call(x).sum().backward(); optimizer.step();"), s_other);

    [Fact]
    public Task Not_clipped() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(
        Loop("optimizer.zero_grad(); model.call(x).sum().backward(); [|optimizer.step()|];"), s_runtime);

    [Fact]
    public Task Cleared_too_early() => Verify.Analyzer<STAB3004ZeroGradBeforeStep>(
        Loop("model.call(x).sum().backward(); [|optimizer.zero_grad()|]; optimizer.step();"), s_runtime);
}
