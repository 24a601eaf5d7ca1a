using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>The modules of a model that compute something themselves, and which of them are watched.</summary>
internal static class ModuleTree
{
    /// <summary>
    /// The modules without children, each once, under its first path; the model itself (with an empty path) if it has none.
    /// </summary>
    public static List<(string Path, nn.Module Module)> Leaves(nn.Module model)
    {
        var leaves = new List<(string, nn.Module)>();
        var seen = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        foreach ((string path, nn.Module module) in model.named_modules())
        {
            if (!module.named_children().Any() && seen.Add(module))
            {
                leaves.Add((path, module));
            }
        }

        if (leaves.Count == 0)
        {
            leaves.Add(("", model));
        }

        return leaves;
    }

    /// <summary>
    /// Whether the error signal is taken at the output of a module: it has parameters of its own and is not a normalisation
    /// or a trained activation, whose output is no pre-activation.
    /// </summary>
    public static bool IsWatched(nn.Module leaf) =>
        leaf is not (NormBase or LayerNorm or GroupNorm or PReLU) && leaf.named_parameters().Any();

    /// <summary>Kind of a module as the records name it. <c>GetName()</c> is wrong for some modules of TorchSharp 0.107.</summary>
    public static string KindOf(nn.Module module)
    {
        string name = module.GetType().Name;
        int arity = name.IndexOf('`');
        return arity < 0 ? name : name[..arity];
    }
}
