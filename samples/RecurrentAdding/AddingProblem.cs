using static TorchSharp.torch;

namespace RecurrentAdding;

/// <summary>
/// The adding problem (Hochreiter and Schmidhuber 1997): a sequence of random numbers, of which two are marked, one in each
/// half; the answer is their sum. Always answering 1 gives a mean squared error of 1/6.
/// </summary>
internal sealed class AddingProblem(int steps, int seed)
{
    private readonly Random random = new(seed);

    /// <summary>Draws a batch.</summary>
    /// <param name="size">Number of sequences.</param>
    /// <returns>Sequences of shape [size, steps, 2]: number and mark; sums of shape [size].</returns>
    internal (Tensor Sequences, Tensor Sums) Next(int size)
    {
        var sequences = new float[size * steps * 2];
        var sums = new float[size];
        for (var i = 0; i < size; i++)
        {
            int first = random.Next(steps / 2), second = random.Next(steps / 2, steps);
            for (var t = 0; t < steps; t++)
            {
                var at = ((i * steps) + t) * 2;
                sequences[at] = random.NextSingle();
                if (t == first || t == second)
                {
                    sequences[at + 1] = 1;
                    sums[i] += sequences[at];
                }
            }
        }

        return (tensor(sequences, [size, steps, 2]), tensor(sums));
    }
}
