namespace StabilityAnalyzers.GradientFlow;

/// <summary>Functions of single elements and of pairs of them, for the numeric pass.</summary>
internal static class Elementwise
{
    /// <summary>phi(x).</summary>
    internal static Variable Activate(Tape tape, Variable x, Activation activation)
    {
        var result = tape.Like(x);
        var slopes = new double[x.Value.Length];
        for (var i = 0; i < slopes.Length; i++)
        {
            result.Value[i] = activation.Value(x.Value[i]);
            slopes[i] = activation.Derivative(x.Value[i]);
        }

        result.Backward = gradient => AddProducts(x.GradientToAddTo(), gradient, slopes);
        return result;
    }

    /// <summary>Softmax over the features.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">The tensor.</param>
    /// <param name="share">Features that are computed for each one of the model: the sum over those of the model is 1.</param>
    internal static Variable Softmax(Tape tape, Variable x, double share)
    {
        var result = tape.Like(x);
        for (var row = 0; row < x.Rows; row++)
        {
            var at = row * x.Features;
            double greatest = double.NegativeInfinity, sum = 0;
            for (var i = at; i < at + x.Features; i++)
            {
                greatest = Math.Max(greatest, x.Value[i]);
            }

            for (var i = at; i < at + x.Features; i++)
            {
                result.Value[i] = Math.Exp(x.Value[i] - greatest);
                sum += result.Value[i];
            }

            for (var i = at; i < at + x.Features; i++)
            {
                result.Value[i] *= share / sum;
            }
        }

        // dz_i = p_i (d_i - sum p_j d_j)
        result.Backward = gradient =>
        {
            var back = x.GradientToAddTo();
            for (var row = 0; row < x.Rows; row++)
            {
                var at = row * x.Features;
                double mean = 0;
                for (var i = at; i < at + x.Features; i++)
                {
                    mean += result.Value[i] * gradient[i] / share;
                }

                for (var i = at; i < at + x.Features; i++)
                {
                    back[i] += result.Value[i] * (gradient[i] - mean);
                }
            }
        };
        return result;
    }

    /// <summary>a x + b.</summary>
    internal static Variable Affine(Tape tape, Variable x, double factor, double shift = 0)
    {
        var result = tape.Like(x);
        for (var i = 0; i < x.Value.Length; i++)
        {
            result.Value[i] = (factor * x.Value[i]) + shift;
        }

        result.Backward = gradient =>
        {
            var back = x.GradientToAddTo();
            for (var i = 0; i < back.Length; i++)
            {
                back[i] += factor * gradient[i];
            }
        };
        return result;
    }

    /// <summary>Adds the same vector to every row.</summary>
    internal static void AddBias(Variable x, double[] bias)
    {
        for (var row = 0; row < x.Rows; row++)
        {
            for (var i = 0; i < bias.Length; i++)
            {
                x.Value[(row * bias.Length) + i] += bias[i];
            }
        }
    }

    /// <summary>The sum of two tensors, one of which may lack positions or have a single feature.</summary>
    /// <returns>Null if their shapes do not fit.</returns>
    internal static Variable? Add(Tape tape, Variable a, Variable b, double scaleA = 1, double scaleB = 1)
    {
        if (Larger(a, b) is not { } shape)
        {
            return null;
        }

        var result = tape.Like(shape);
        int[]? fromA = Broadcast.Indices(shape, a), fromB = Broadcast.Indices(shape, b);
        for (var i = 0; i < result.Value.Length; i++)
        {
            result.Value[i] = (scaleA * a.Value[At(fromA, i)]) + (scaleB * b.Value[At(fromB, i)]);
        }

        result.Backward = gradient =>
        {
            double[] backA = a.GradientToAddTo(), backB = b.GradientToAddTo();
            for (var i = 0; i < gradient.Length; i++)
            {
                backA[At(fromA, i)] += scaleA * gradient[i];
                backB[At(fromB, i)] += scaleB * gradient[i];
            }
        };
        return result;
    }

    /// <summary>The product of two tensors, one of which may lack positions or have a single feature.</summary>
    /// <returns>Null if their shapes do not fit.</returns>
    internal static Variable? Multiply(Tape tape, Variable a, Variable b)
    {
        if (Larger(a, b) is not { } shape)
        {
            return null;
        }

        var result = tape.Like(shape);
        int[]? fromA = Broadcast.Indices(shape, a), fromB = Broadcast.Indices(shape, b);
        for (var i = 0; i < result.Value.Length; i++)
        {
            result.Value[i] = a.Value[At(fromA, i)] * b.Value[At(fromB, i)];
        }

        result.Backward = gradient =>
        {
            double[] backA = a.GradientToAddTo(), backB = b.GradientToAddTo();
            for (var i = 0; i < gradient.Length; i++)
            {
                backA[At(fromA, i)] += gradient[i] * b.Value[At(fromB, i)];
                backB[At(fromB, i)] += gradient[i] * a.Value[At(fromA, i)];
            }
        };
        return result;
    }

    /// <summary>All products of a feature of one tensor with a feature of another; null if their positions do not fit.</summary>
    internal static Variable? Outer(Tape tape, Variable a, Variable b)
    {
        if (a.Samples != b.Samples || !a.Grid.SequenceEqual(b.Grid))
        {
            return null;
        }

        var result = tape.New(a.Samples, a.Grid, a.Features * b.Features);
        Each((to, fromA, fromB) => result.Value[to] = a.Value[fromA] * b.Value[fromB]);
        result.Backward = gradient =>
        {
            double[] backA = a.GradientToAddTo(), backB = b.GradientToAddTo();
            Each((to, fromA, fromB) =>
            {
                backA[fromA] += gradient[to] * b.Value[fromB];
                backB[fromB] += gradient[to] * a.Value[fromA];
            });
        };
        return result;

        void Each(Action<int, int, int> action)
        {
            for (var i = 0; i < a.Value.Length; i++)
            {
                for (var j = 0; j < b.Features; j++)
                {
                    action((i * b.Features) + j, i, (i / a.Features * b.Features) + j);
                }
            }
        }
    }

    /// <summary>Dropout in training mode.</summary>
    internal static Variable Drop(Tape tape, Variable x, DropoutOperation dropout)
    {
        if (dropout.Probability == 0)
        {
            return x;
        }

        var (scale, shift) = DropoutMoments.Affine(dropout);
        var dropped = DropoutMoments.Dropped(dropout);
        var result = tape.Like(x);
        var slopes = new double[x.Value.Length];
        for (var i = 0; i < slopes.Length; i++)
        {
            var isKept = tape.Random.Uniform() >= dropout.Probability;
            slopes[i] = isKept ? scale : 0;
            result.Value[i] = isKept ? (scale * x.Value[i]) + shift : dropped;
        }

        result.Backward = gradient => AddProducts(x.GradientToAddTo(), gradient, slopes);
        return result;
    }

    private static int At(int[]? places, int i) => places is null ? i : places[i];

    private static Variable? Larger(Variable a, Variable b)
    {
        var larger = a.Value.Length >= b.Value.Length ? a : b;
        return Broadcast.Fits(larger, a) && Broadcast.Fits(larger, b) ? larger : null;
    }

    private static void AddProducts(double[] back, double[] gradient, double[] slopes)
    {
        for (var i = 0; i < back.Length; i++)
        {
            back[i] += gradient[i] * slopes[i];
        }
    }
}
