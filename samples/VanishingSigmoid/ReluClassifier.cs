using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace VanishingSigmoid;

/// <summary>The same classifier after the quick fix of STAB1001, "Replace sigmoid by ReLU with He initialisation".</summary>
internal static class ReluClassifier
{
    internal static Sequential Create()
    {
        var model = Sequential(
            ("fc0", Linear(2, 64)),
            ("act0", ReLU()),
            ("fc1", Linear(64, 64)),
            ("act1", ReLU()),
            ("fc2", Linear(64, 64)),
            ("act2", ReLU()),
            ("fc3", Linear(64, 64)),
            ("act3", ReLU()),
            ("fc4", Linear(64, 64)),
            ("act4", ReLU()),
            ("fc5", Linear(64, 64)),
            ("act5", ReLU()),
            ("fc6", Linear(64, 64)),
            ("act6", ReLU()),
            ("fc7", Linear(64, 64)),
            ("act7", ReLU()),
            ("fc8", Linear(64, 64)),
            ("act8", ReLU()),
            ("fc9", Linear(64, 64)),
            ("act9", ReLU()),
            ("fc10", Linear(64, 64)),
            ("act10", ReLU()),
            ("fc11", Linear(64, 64)),
            ("act11", ReLU()),
            ("head", Linear(64, 2)));
        foreach (var module in model.modules())
        {
            if (module is Linear linear)
            {
                init.kaiming_uniform_(linear.weight, nonlinearity: init.NonlinearityType.ReLU);
            }
        }
        return model;
    }
}
