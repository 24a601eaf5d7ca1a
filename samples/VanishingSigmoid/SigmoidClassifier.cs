using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace VanishingSigmoid;

/// <summary>
/// A deep classifier of points in the plane, as one would have written it in 2005. The build warns about it: STAB1001.
/// </summary>
internal static class SigmoidClassifier
{
    internal static Sequential Create() => Sequential(
        ("fc0", Linear(2, 64)),
        ("act0", Sigmoid()),
        ("fc1", Linear(64, 64)),
        ("act1", Sigmoid()),
        ("fc2", Linear(64, 64)),
        ("act2", Sigmoid()),
        ("fc3", Linear(64, 64)),
        ("act3", Sigmoid()),
        ("fc4", Linear(64, 64)),
        ("act4", Sigmoid()),
        ("fc5", Linear(64, 64)),
        ("act5", Sigmoid()),
        ("fc6", Linear(64, 64)),
        ("act6", Sigmoid()),
        ("fc7", Linear(64, 64)),
        ("act7", Sigmoid()),
        ("fc8", Linear(64, 64)),
        ("act8", Sigmoid()),
        ("fc9", Linear(64, 64)),
        ("act9", Sigmoid()),
        ("fc10", Linear(64, 64)),
        ("act10", Sigmoid()),
        ("fc11", Linear(64, 64)),
        ("act11", Sigmoid()),
        ("head", Linear(64, 2)));
}
