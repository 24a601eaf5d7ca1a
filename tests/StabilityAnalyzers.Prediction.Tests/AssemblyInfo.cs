using System.Runtime.CompilerServices;
using TorchSharp;

// The random state of libtorch belongs to the process.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace StabilityAnalyzers.Tests;

internal static class AssemblyInitializer
{
    // The tensors are small: threads only get into each other's way.
    [ModuleInitializer]
    internal static void UseOneThread() => torch.set_num_threads(1);
}
