namespace StabilityAnalyzers.Cli.Flow;

/// <summary>How many module classes were understood.</summary>
/// <param name="Classes">Module classes that can be made and called.</param>
/// <param name="Complete">Those of which nothing is unknown, in every way in which they are made.</param>
internal readonly record struct Coverage(int Classes, int Complete)
{
    /// <summary>The coverage of some models; <c>Sequential</c> in ordinary code does not count.</summary>
    public static Coverage Of(IReadOnlyList<FlowModel> models)
    {
        var classes = models.Where(model => model.IsClass).GroupBy(model => model.Name).ToArray();
        return new Coverage(classes.Length, classes.Count(ways => ways.All(model => model.IsComplete)));
    }
}
