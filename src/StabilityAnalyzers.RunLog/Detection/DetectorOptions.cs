using System.Runtime.CompilerServices;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// Thresholds of one detector. They are checked when a detector or a <see cref="DetectorPreset"/> is made of them, never
/// in a training loop.
/// </summary>
public abstract record DetectorOptions
{
    /// <summary>A new detector with these thresholds, for one run.</summary>
    /// <exception cref="ArgumentException">A value cannot be used; the message says which and why.</exception>
    public abstract IDetector CreateDetector();

    /// <summary>Throws if a value cannot be used.</summary>
    internal abstract void Validate();

    /// <summary>Throws if a rule about the values does not hold. A NaN holds no rule.</summary>
    private protected void Require(bool holds, [CallerArgumentExpression(nameof(holds))] string rule = "") => Require(this, holds, rule);

    /// <inheritdoc cref="Require(bool, string)"/>
    internal static void Require(object options, bool holds, [CallerArgumentExpression(nameof(holds))] string rule = "")
    {
        if (!holds)
        {
            throw new ArgumentException($"These thresholds cannot be used, because '{rule}' does not hold: {options}.", nameof(options));
        }
    }
}

/// <summary>Checks options where they are taken in.</summary>
internal static class DetectorOptionsExtensions
{
    /// <summary>The options themselves.</summary>
    /// <exception cref="ArgumentException">A value cannot be used.</exception>
    public static T Validated<T>(this T options)
        where T : DetectorOptions
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return options;
    }
}
