namespace StabilityAnalyzers.GradientFlow;

/// <summary>Subtracts the mean and divides by the standard deviation over groups of elements, for the numeric pass.</summary>
internal static class Standardization
{
    /// <summary>Normalises a tensor.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">The tensor.</param>
    /// <param name="operation">Over which axes, and in how many groups.</param>
    internal static Variable Apply(Tape tape, Variable x, NormalizationOperation operation)
    {
        var result = tape.Like(x);
        var (groups, count) = Groups(x, operation);
        double[] sizes = new double[count], means = new double[count], inverses = new double[count];
        for (var i = 0; i < groups.Length; i++)
        {
            sizes[groups[i]]++;
            means[groups[i]] += x.Value[i];
        }

        for (var g = 0; g < count; g++)
        {
            means[g] /= sizes[g];
        }

        for (var i = 0; i < groups.Length; i++)
        {
            result.Value[i] = x.Value[i] - means[groups[i]];
            inverses[groups[i]] += result.Value[i] * result.Value[i];
        }

        for (var g = 0; g < count; g++)
        {
            inverses[g] = 1 / Math.Sqrt((inverses[g] / sizes[g]) + operation.Epsilon);
        }

        for (var i = 0; i < groups.Length; i++)
        {
            result.Value[i] *= inverses[groups[i]];
        }

        result.Backward = gradient =>
        {
            var back = x.GradientToAddTo();
            double[] sums = new double[count], along = new double[count];
            for (var i = 0; i < groups.Length; i++)
            {
                sums[groups[i]] += gradient[i] / sizes[groups[i]];
                along[groups[i]] += gradient[i] * result.Value[i] / sizes[groups[i]];
            }

            for (var i = 0; i < groups.Length; i++)
            {
                var g = groups[i];
                back[i] += inverses[g] * (gradient[i] - sums[g] - (result.Value[i] * along[g]));
            }
        };
        return result;
    }

    // For each element the group that it is normalised in.
    private static (int[] Groups, int Count) Groups(Variable x, NormalizationOperation operation)
    {
        var parts = operation.Axes == NormalizationKind.Group ? (int)Math.Max(1, Math.Min(operation.Groups, x.Features)) : 1;
        var groups = new int[x.Value.Length];
        var at = 0;
        for (var row = 0; row < x.Rows; row++)
        {
            var sample = row / x.Positions;
            for (var feature = 0; feature < x.Features; feature++)
            {
                groups[at++] = operation.Axes switch
                {
                    NormalizationKind.Batch => feature,
                    NormalizationKind.Instance => (sample * x.Features) + feature,
                    NormalizationKind.Group => (sample * parts) + (feature * parts / x.Features),

                    // LayerNorm of images is given channels and positions, that of sequences the features.
                    _ => x.Grid.Length >= 2 ? sample : row,
                };
            }
        }

        return (groups, groups.Max() + 1);
    }
}
