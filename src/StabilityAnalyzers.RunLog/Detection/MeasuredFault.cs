namespace StabilityAnalyzers.RunLog;

/// <summary>A fault that a run can show: its rule ID and what is written about it.</summary>
/// <param name="Id">Rule ID, for ever.</param>
/// <param name="Title">A few words.</param>
/// <param name="PredictedBy">The rule that predicts the same fault from the code, whose page it shares; null if there is none.</param>
public sealed record MeasuredFault(string Id, string Title, string? PredictedBy = null)
{
    private const string Documentation = "https://github.com/stability-analyzers/stability-analyzers/blob/main/analyzers/docs/";

    /// <summary>Every fault, by its ID.</summary>
    public static IReadOnlyList<MeasuredFault> All { get; } =
    [
        new(RuleIds.VanishingGradient, "The gradient vanishes", "STAB1001"),
        new(RuleIds.ExplodingGradient, "The gradient explodes", "STAB1003"),
        new(RuleIds.NonFinite, "A number is not finite"),
        new(RuleIds.MissingGradient, "A parameter never gets a gradient"),
    ];

    /// <summary>Name of the page in the documentation, without its extension.</summary>
    public string PageName => PredictedBy ?? Id;

    /// <summary>Address of the page.</summary>
    public string HelpLink => Documentation + PageName + ".md";

    /// <summary>The fault with an ID; null if there is none.</summary>
    public static MeasuredFault? Of(string id) => All.FirstOrDefault(fault => fault.Id == id);
}
