namespace StabilityAnalyzers.GradientFlow;

/// <summary>Which input positions the window of a convolution or pooling joins with which output positions.</summary>
internal sealed class WindowTaps
{
    private WindowTaps(int[] grid, int taps, List<(int Output, int Input, int Tap)> links)
    {
        Grid = grid;
        Taps = taps;
        Links = links;
    }

    /// <summary>Positions of the output along each dimension.</summary>
    internal int[] Grid { get; }

    /// <summary>Number of taps of the window.</summary>
    internal int Taps { get; }

    /// <summary>Output position, input position and tap of every connection, ordered by output; what is padded is missing.</summary>
    internal List<(int Output, int Input, int Tap)> Links { get; }

    /// <summary>Finds the connections.</summary>
    /// <param name="grid">Positions of the input along each dimension.</param>
    /// <param name="window">The window.</param>
    /// <param name="transposed">True for a transposed convolution.</param>
    /// <returns>Null if the dimensions do not fit, or nothing is left.</returns>
    internal static WindowTaps? Of(int[] grid, WindowGeometry window, bool transposed)
    {
        if (grid.Length != window.Sizes.Count || grid.Length == 0)
        {
            return null;
        }

        var outputs = grid.Select((length, d) => (int)window.OutputLength(d, length, transposed)).ToArray();
        if (outputs.Any(length => length <= 0))
        {
            return null;
        }

        var links = new List<(int Output, int Input, int Tap)> { (0, 0, 0) };
        var taps = 1;
        for (var d = 0; d < grid.Length; d++)
        {
            var along = Along(grid[d], outputs[d], window, d, transposed);
            var joined = new List<(int, int, int)>(links.Count * along.Count);
            foreach (var link in links)
            {
                foreach (var (output, input, tap) in along)
                {
                    joined.Add(((link.Output * outputs[d]) + output, (link.Input * grid[d]) + input, (link.Tap * (int)window.Sizes[d]) + tap));
                }
            }

            links = joined;
            taps *= (int)window.Sizes[d];
        }

        links.Sort((a, b) => a.Output.CompareTo(b.Output));
        return new WindowTaps(outputs, taps, links);
    }

    private static List<(int Output, int Input, int Tap)> Along(int inputs, int outputs, WindowGeometry window, int d, bool transposed)
    {
        var links = new List<(int, int, int)>();
        for (var at = 0; at < (transposed ? inputs : outputs); at++)
        {
            for (var tap = 0; tap < window.Sizes[d]; tap++)
            {
                var other = (int)((at * window.Strides[d]) - window.Padding[d] + (tap * window.Dilation[d]));
                var limit = transposed ? outputs : inputs;
                if (!window.PadsZeros && !transposed)
                {
                    other = Math.Min(Math.Max(0, other), limit - 1);
                }

                if (other >= 0 && other < limit)
                {
                    links.Add(transposed ? (other, at, tap) : (at, other, tap));
                }
            }
        }

        return links;
    }
}
