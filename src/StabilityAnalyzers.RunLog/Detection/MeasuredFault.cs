namespace StabilityAnalyzers.RunLog;

/// <summary>A fault that a run can show: its rule ID and what is written about it.</summary>
/// <param name="Id">Rule ID, for ever.</param>
/// <param name="Title">A few words.</param>
/// <param name="Defaults">The default thresholds of its detector.</param>
/// <param name="PredictedBy">The rule that predicts the same fault from the code, whose page it shares; null if there is none.</param>
public sealed record MeasuredFault(string Id, string Title, DetectorOptions Defaults, string? PredictedBy = null)
{
    private const string Documentation = "https://github.com/stability-analyzers/stability-analyzers/blob/main/analyzers/docs/";

    /// <summary>Every fault, by its ID.</summary>
    public static IReadOnlyList<MeasuredFault> All { get; } =
    [
        new(RuleIds.VanishingGradient, "The gradient vanishes", new VanishingOptions(), "STAB1001"),
        new(RuleIds.ExplodingGradient, "The gradient explodes", new ExplodingOptions(), "STAB1003"),
        new(RuleIds.NonFinite, "A number is not finite", new NonFiniteOptions()),
        new(RuleIds.GradientDecay, "The model is deeper than its gradient reaches", new GradientDecayOptions()),
        new(RuleIds.MissingGradient, "A parameter never gets a gradient", new MissingGradientOptions()),
        new(RuleIds.Spike, "The gradient or the loss jumps", new SpikeOptions()),
        new(RuleIds.StalledLayer, "A layer stands still", new StalledLayerOptions()),
        new(RuleIds.UnchangedParameter, "The optimizer never changes a parameter", new UnchangedParameterOptions()),
        new(RuleIds.UpdateRatio, "Steps are too long or too short for a weight", new UpdateRatioOptions()),
        new(RuleIds.LossPlateau, "The loss does not fall", new LossPlateauOptions()),
        new(RuleIds.Divergence, "The loss diverges", new DivergenceOptions()),
        new(RuleIds.Oscillation, "The loss oscillates", new OscillationOptions()),
        new(RuleIds.DeadUnits, "Units of an activation are dead", new DeadUnitsOptions()),
        new(RuleIds.Saturation, "A hidden activation is saturated", new SaturationOptions()),
        new(RuleIds.ActivationScale, "The signal shrinks or grows from layer to layer", new ActivationScaleOptions()),
        new(RuleIds.InputScale, "The input is not normalised", new InputScaleOptions()),
        new(RuleIds.InitialLoss, "The first loss is too large", new InitialLossOptions()),
        new(RuleIds.ConstantPrediction, "The model answers the same whatever it is asked", new ConstantPredictionOptions()),
        new(RuleIds.ClipEngagement, "Almost every step is clipped", new ClipEngagementOptions()),
        new(RuleIds.Overfit, "The model learns its training data by heart", new OverfitOptions()),
        new(RuleIds.RecurrentDecay, "The gradient of a recurrent cell fades within the sequence", new RecurrentDecayOptions(), "STAB1007"),
    ];

    /// <summary>Name of the page in the documentation, without its extension.</summary>
    public string PageName => PredictedBy ?? Id;

    /// <summary>Address of the page.</summary>
    public string HelpLink => Documentation + PageName + ".md";

    /// <summary>The fault with an ID; null if there is none.</summary>
    public static MeasuredFault? Of(string id) => All.FirstOrDefault(fault => fault.Id == id);
}
