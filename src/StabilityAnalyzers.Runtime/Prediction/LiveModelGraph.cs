using StabilityAnalyzers.GradientFlow;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>Makes a <see cref="ModelGraph"/> of a live model, with the mean and variance that its weights have now.</summary>
public static class LiveModelGraph
{
    /// <summary>
    /// The graph of a model without running it: of <c>Sequential</c>s in one another, whose order is known, and of single
    /// layers. What a module of one's own does in its <c>forward</c> is unknown; a recorder sees it in the first pass.
    /// </summary>
    /// <param name="model">The model, in training mode.</param>
    /// <returns>The graph, with an <see cref="UnknownOperation"/> for what is not known.</returns>
    public static ModelGraph From(nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var builder = new ModelGraphBuilder();
        int last = builder.Add(new InputOperation(), null);

        // Without recursion: the depth of a model is its author's business.
        var pending = new Stack<(string Path, nn.Module Module)>();
        pending.Push(("", model));
        while (pending.TryPop(out (string Path, nn.Module Module) next))
        {
            if (IsChain(next.Module))
            {
                string prefix = next.Path.Length == 0 ? "" : next.Path + ".";
                foreach ((string name, nn.Module child) in next.Module.named_children().Reverse())
                {
                    pending.Push((prefix + name, child));
                }

                continue;
            }

            Operation operation = next.Module.named_children().Any()
                ? new UnknownOperation($"the forward of {ModuleTree.KindOf(next.Module)} is not known before it has run")
                : ModuleOperations.Of(next.Module);
            last = builder.Add(operation, next.Path, operation is EmbeddingOperation ? [] : [last]);
        }

        return builder.Build(NameOf(model), last);
    }

    /// <summary>Whether a module hands its input through its children one after the other, and does nothing else.</summary>
    internal static bool IsChain(nn.Module module) => module.GetType() == typeof(Sequential);

    /// <summary>Full name of the model's type.</summary>
    internal static string NameOf(nn.Module model) => model.GetType().FullName ?? model.GetType().Name;
}
