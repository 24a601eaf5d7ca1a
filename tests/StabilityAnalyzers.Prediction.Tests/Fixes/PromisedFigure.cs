namespace StabilityAnalyzers.Tests.Fixes;

/// <summary>What the title of a fix gives a figure of.</summary>
internal enum PromisedFigure
{
    /// <summary>The gradient ratio of a layer.</summary>
    Gradient,

    /// <summary>The RMS of a layer's output.</summary>
    Output,

    /// <summary>Time steps until 5 % of a recurrent layer's gradient are left.</summary>
    Horizon,
}
