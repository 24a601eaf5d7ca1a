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
        var groups = Members(x, operation);
        var inverses = new double[groups.Count];
        for (var g = 0; g < groups.Count; g++)
        {
            var members = groups[g];
            double sum = 0, squares = 0;
            foreach (var i in members)
            {
                sum += x.Value[i];
            }

            var mean = sum / members.Length;
            foreach (var i in members)
            {
                squares += (x.Value[i] - mean) * (x.Value[i] - mean);
            }

            inverses[g] = 1 / Math.Sqrt((squares / members.Length) + operation.Epsilon);
            foreach (var i in members)
            {
                result.Value[i] = (x.Value[i] - mean) * inverses[g];
            }
        }

        result.Backward = gradient =>
        {
            var back = x.GradientToAddTo();
            for (var g = 0; g < groups.Count; g++)
            {
                var members = groups[g];
                double sum = 0, along = 0;
                foreach (var i in members)
                {
                    sum += gradient[i];
                    along += gradient[i] * result.Value[i];
                }

                sum /= members.Length;
                along /= members.Length;
                foreach (var i in members)
                {
                    back[i] += inverses[g] * (gradient[i] - sum - (result.Value[i] * along));
                }
            }
        };
        return result;
    }

    private static List<int[]> Members(Variable x, NormalizationOperation operation)
    {
        var parts = operation.Axes == NormalizationKind.Group ? (int)Math.Max(1, Math.Min(operation.Groups, x.Features)) : 1;
        var lists = new Dictionary<int, List<int>>();
        for (var i = 0; i < x.Value.Length; i++)
        {
            var feature = i % x.Features;
            var row = i / x.Features;
            var sample = row / x.Positions;
            var key = operation.Axes switch
            {
                NormalizationKind.Batch => feature,
                NormalizationKind.Instance => (sample * x.Features) + feature,
                NormalizationKind.Group => (sample * parts) + (int)((long)feature * parts / x.Features),

                // LayerNorm of images is given channels and positions, that of sequences the features.
                _ => x.Grid.Length >= 2 ? sample : row,
            };
            if (!lists.TryGetValue(key, out var list))
            {
                lists[key] = list = [];
            }

            list.Add(i);
        }

        return lists.Values.Select(list => list.ToArray()).ToList();
    }
}
