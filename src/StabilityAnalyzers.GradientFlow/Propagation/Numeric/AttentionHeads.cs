namespace StabilityAnalyzers.GradientFlow;

/// <summary>softmax(q k^T / sqrt(d)) v for each head (Vaswani 2017), for the numeric pass.</summary>
internal static class AttentionHeads
{
    /// <summary>Attends.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="query">Queries.</param>
    /// <param name="key">Keys.</param>
    /// <param name="value">Values, at the positions of the keys.</param>
    /// <param name="heads">Number of heads here; it divides the features.</param>
    /// <param name="dropout">Probability of dropout of the attention weights.</param>
    /// <param name="isCausal">Whether a position sees those before it alone.</param>
    internal static Variable Apply(Tape tape, Variable query, Variable key, Variable value, int heads, double dropout, bool isCausal)
    {
        var result = tape.Like(query);
        int features = query.Features, width = features / heads, rows = query.Positions, columns = key.Positions;
        var weights = new double[query.Samples * heads * rows * columns];
        var masks = new double[weights.Length];
        var scale = 1 / Math.Sqrt(width);
        for (var block = 0; block < query.Samples * heads; block++)
        {
            int sample = block / heads, offset = (block % heads) * width;
            for (var row = 0; row < rows; row++)
            {
                var at = ((block * rows) + row) * columns;
                var from = (((sample * rows) + row) * features) + offset;
                var visible = isCausal ? Math.Min(columns, row + 1) : columns;
                double largest = double.NegativeInfinity, total = 0;
                for (var column = 0; column < visible; column++)
                {
                    weights[at + column] = scale * Dot(query.Value, from, key.Value, (((sample * columns) + column) * features) + offset, width);
                    largest = Math.Max(largest, weights[at + column]);
                }

                for (var column = 0; column < visible; column++)
                {
                    total += weights[at + column] = Math.Exp(weights[at + column] - largest);
                }

                for (var column = 0; column < visible; column++)
                {
                    weights[at + column] /= total;
                    masks[at + column] = dropout == 0 ? 1 : tape.Random.Uniform() >= dropout ? 1 / (1 - dropout) : 0;
                    AddTimes(result.Value, from, value.Value, (((sample * columns) + column) * features) + offset, width, weights[at + column] * masks[at + column]);
                }
            }
        }

        result.Backward = gradient =>
        {
            double[] toQuery = query.GradientToAddTo(), toKey = key.GradientToAddTo(), toValue = value.GradientToAddTo();
            var slopes = new double[columns];
            for (var block = 0; block < query.Samples * heads; block++)
            {
                int sample = block / heads, offset = (block % heads) * width;
                for (var row = 0; row < rows; row++)
                {
                    var at = ((block * rows) + row) * columns;
                    var from = (((sample * rows) + row) * features) + offset;
                    double mean = 0;
                    for (var column = 0; column < columns; column++)
                    {
                        var other = (((sample * columns) + column) * features) + offset;
                        slopes[column] = masks[at + column] * Dot(gradient, from, value.Value, other, width);
                        mean += weights[at + column] * slopes[column];
                        AddTimes(toValue, other, gradient, from, width, weights[at + column] * masks[at + column]);
                    }

                    for (var column = 0; column < columns; column++)
                    {
                        var other = (((sample * columns) + column) * features) + offset;
                        var score = scale * weights[at + column] * (slopes[column] - mean);
                        AddTimes(toQuery, from, key.Value, other, width, score);
                        AddTimes(toKey, other, query.Value, from, width, score);
                    }
                }
            }
        };
        return result;
    }

    private static double Dot(double[] a, int fromA, double[] b, int fromB, int count)
    {
        double sum = 0;
        for (var i = 0; i < count; i++)
        {
            sum += a[fromA + i] * b[fromB + i];
        }

        return sum;
    }

    private static void AddTimes(double[] result, int to, double[] x, int from, int count, double factor)
    {
        for (var i = 0; i < count; i++)
        {
            result[to + i] += factor * x[from + i];
        }
    }
}
