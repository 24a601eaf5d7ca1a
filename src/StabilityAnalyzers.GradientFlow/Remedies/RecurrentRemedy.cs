namespace StabilityAnalyzers.GradientFlow;

/// <summary>What lets the gradient of a recurrent layer reach further back in time.</summary>
public enum RecurrentRemedyKind
{
    /// <summary>A bias of 1 for the forget gate of an LSTM (Gers 2000, Jozefowicz 2015).</summary>
    ForgetBias,

    /// <summary>An orthogonal matrix as the recurrent weight of a simple recurrent layer (Saxe 2013).</summary>
    Orthogonal,

    /// <summary>The identity as the recurrent weight of a simple recurrent layer of ReLU (Le 2015).</summary>
    Identity,
}

/// <summary>Another initialisation of a recurrent layer, and how far the gradient reaches then.</summary>
/// <param name="Kind">What is changed.</param>
/// <param name="Operation">The layer after the change.</param>
/// <param name="Flow">Its predicted flow.</param>
public sealed record RecurrentRemedy(RecurrentRemedyKind Kind, Operation Operation, RecurrentFlow Flow)
{
    // The horizon must grow by more than the two figures are uncertain.
    private const double LeastGain = 1.5;

    // What grows by more in one step is no horizon that anybody wants.
    private const double GreatestFactor = 1.02;

    /// <summary>The remedies that clearly help a recurrent layer whose weights are as TorchSharp draws them, best first.</summary>
    /// <param name="operation">The layer.</param>
    /// <param name="flow">Its predicted flow.</param>
    public static IEnumerable<RecurrentRemedy> For(Operation operation, RecurrentFlow flow)
    {
        foreach (var (kind, changed) in Changes(operation))
        {
            if (flow.Horizon is { } before && flow.Of(changed) is { FactorPerStep: <= GreatestFactor, Horizon: { } after } now && after >= LeastGain * before)
            {
                yield return new RecurrentRemedy(kind, changed, now);
            }
        }
    }

    private static IEnumerable<(RecurrentRemedyKind Kind, Operation Changed)> Changes(Operation operation)
    {
        switch (operation)
        {
            case RecurrentOperation { Cell: RecurrentKind.Lstm } layer when WithForgetBias(layer.Weights, layer.HiddenSize) is { } weights:
                yield return (RecurrentRemedyKind.ForgetBias, layer with { Weights = weights });
                break;
            case GatedCellOperation { Cell: RecurrentKind.Lstm } cell when WithForgetBias(cell.Weights, cell.HiddenSize) is { } weights:
                yield return (RecurrentRemedyKind.ForgetBias, cell with { Weights = weights });
                break;
            case RecurrentOperation { Cell: RecurrentKind.Rnn } layer when layer.Weights.Hidden.Equals(RecurrentWeights.Default(layer.HiddenSize).Hidden):
                // ReLU stops half of the gradient at each step, but for states that the identity keeps positive.
                if (layer.Activation.Equals(Activations.ReLU))
                {
                    yield return (RecurrentRemedyKind.Identity, layer with { Weights = layer.Weights with { Hidden = WeightInitializer.Identity } });
                }

                yield return (RecurrentRemedyKind.Orthogonal, layer with { Weights = layer.Weights with { Hidden = WeightInitializer.Orthogonal() } });
                break;
        }
    }

    // One of the two biases is set, the other stays as it was drawn.
    private static RecurrentWeights? WithForgetBias(RecurrentWeights weights, long hidden) =>
        weights.Equals(RecurrentWeights.Default(hidden)) && weights.Bias?.Variance is { } variance
            ? weights with { ForgetBias = new BiasInitializer(1, variance / 2) }
            : null;
}
