namespace StabilityAnalyzers.GradientFlow;

/// <summary>Attention and Transformer layers with TorchSharp's initialisation, put together of the parts of the numeric pass.</summary>
/// <param name="tape">The tape.</param>
/// <param name="heads">Number of heads here.</param>
/// <param name="dropout">Probability of dropout.</param>
/// <param name="isCausal">Whether a position sees those before it alone.</param>
/// <param name="isXavier">Whether the output's projection and the linear layers have Xavier's variance, not the default.</param>
internal sealed class TransformerBlock(Tape tape, int heads, double dropout, bool isCausal, bool isXavier = false)
{
    // Xavier of the three projections as one matrix of width x 3 width: a variance of 2 / (4 width).
    private const double ProjectionGain = 0.5;

    private static readonly NormalizationOperation Norm = new(NormalizationKind.Layer, "LayerNorm");

    /// <summary>The number of heads that keeps the width of a head, where the features here are fewer than the model's.</summary>
    internal static int HeadsFor(long width, long heads, int features)
    {
        var count = Math.Max(1, (int)Math.Min(heads, features / Math.Max(1, width / Math.Max(1, heads))));
        while (features % count != 0)
        {
            count--;
        }

        return count;
    }

    /// <summary>Multi-head attention with its four projections.</summary>
    internal Variable Attend(Variable query, Variable key, Variable value)
    {
        var attended = AttentionHeads.Apply(
            tape, Project(query, ProjectionGain), Project(key, ProjectionGain), Project(value, ProjectionGain), heads, dropout, isCausal);
        return Project(attended, isXavier ? 1 : 1.0 / 3);
    }

    /// <summary>One layer of an encoder, or of a decoder if there is a memory.</summary>
    internal Variable Layer(Variable x, Variable? memory, TransformerOperation operation, int inner)
    {
        var sum = Joined(x, Attend(x, x, x));
        if (memory is not null)
        {
            sum = Joined(sum, new TransformerBlock(tape, heads, dropout, isCausal: false, isXavier).Attend(sum, memory, memory));
        }

        var pre = new Projection(tape.Random, sum.Features, inner, LinearGain(operation.Width, operation)).Apply(tape, sum);
        AddDefaultBias(pre, operation.Width);
        var activated = Drop(Elementwise.Activate(tape, pre, operation.Activation));
        var back = new Projection(tape.Random, inner, sum.Features, LinearGain(operation.FeedForward, operation)).Apply(tape, activated);
        AddDefaultBias(back, operation.FeedForward);
        return Joined(sum, back);
    }

    private double LinearGain(long fanIn, TransformerOperation operation) => isXavier ? 2.0 * fanIn / (operation.Width + operation.FeedForward) : 1.0 / 3;

    private Variable Joined(Variable x, Variable branch) =>
        Standardization.Apply(tape, Elementwise.Add(tape, x, Drop(branch))!, Norm);

    private Variable Project(Variable x, double gain) => new Projection(tape.Random, x.Features, x.Features, gain).Apply(tape, x);

    private Variable Drop(Variable x) => Elementwise.Drop(tape, x, new DropoutOperation(dropout));

    private void AddDefaultBias(Variable x, long fanIn)
    {
        var bias = new double[x.Features];
        for (var i = 0; i < bias.Length; i++)
        {
            bias[i] = tape.Random.Normal() / Math.Sqrt(3.0 * fanIn);
        }

        Elementwise.AddBias(x, bias);
    }
}
