namespace Calibration;

/// <summary>
/// Finds the depths between which a setting stops training. A full grid would spend most of its time where every network
/// trains or none does; a search for the first depth at which not all train, and for the first at which none does, spends
/// it in between.
/// </summary>
internal static class Search
{
    private static readonly int[] s_depths = [2, 3, 4, 5, 6, 8, 10, 12, 14, 17, 20, 24, 28, 34, 40];

    /// <summary>Measures a setting around its transition.</summary>
    /// <param name="results">Where measurements are kept.</param>
    /// <param name="setting">What.</param>
    /// <param name="optimizer">By what it is trained.</param>
    /// <param name="regime">How.</param>
    public static void Run(Results results, Setting setting, string optimizer, Regime regime)
    {
        var start = s_depths.Length / 2;
        First(measurement => measurement.Trained == 0);
        First(measurement => measurement.Trained < Training.Seeds);

        void First(Func<Measurement, bool> holds)
        {
            int low = 0, high = s_depths.Length;
            for (var at = start; low < high; at = (low + high) / 2)
            {
                if (holds(results.Get(setting, optimizer, regime, s_depths[at])))
                {
                    high = at;
                }
                else
                {
                    low = at + 1;
                }
            }
        }
    }
}
