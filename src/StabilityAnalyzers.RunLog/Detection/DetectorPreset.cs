using System.Globalization;
using System.Reflection;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// Which detectors look at a run, and with which thresholds. A preset does not change and may be used for any number of
/// runs; every value in it was checked when it was made.
/// </summary>
/// <example>
/// <code>
/// var preset = DetectorPreset.Default
///     .With(new ClipEngagementOptions { MaxNorm = 1 })
///     .With("Vanishing.Warning", "1e-4")
///     .Without&lt;OscillationOptions&gt;();
/// </code>
/// </example>
public sealed class DetectorPreset
{
    private const string Suffix = "Options";

    private DetectorPreset(IReadOnlyList<DetectorOptions> options) => Options = options;

    /// <summary>Every detector with its default thresholds: ratios, persistence, and effects.</summary>
    public static DetectorPreset Default { get; } = Of(
        new NonFiniteOptions(),
        new VanishingOptions(),
        new ExplodingOptions(),
        new MissingGradientOptions(),
        new GradientDecayOptions(),
        new SpikeOptions(),
        new StalledLayerOptions(),
        new UnchangedParameterOptions(),
        new UpdateRatioOptions(),
        new LossPlateauOptions(),
        new DivergenceOptions(),
        new OscillationOptions(),
        new DeadUnitsOptions(),
        new SaturationOptions(),
        new ActivationScaleOptions(),
        new InputScaleOptions(),
        new InitialLossOptions(),
        new ConstantPredictionOptions(),
        new ClipEngagementOptions(),
        new OverfitOptions(),
        new RecurrentDecayOptions());

    /// <summary>The classic absolute thresholds, see <see cref="ClassicDetector"/>, and the test for non-finite numbers.</summary>
    public static DetectorPreset Classic { get; } = Of(new NonFiniteOptions(), new ClassicOptions());

    /// <summary>The thresholds of each detector, in the order in which the detectors are asked.</summary>
    public IReadOnlyList<DetectorOptions> Options { get; }

    /// <summary>A preset of some detectors.</summary>
    /// <param name="options">The thresholds of each.</param>
    /// <exception cref="ArgumentException">A value cannot be used, or a detector is there twice.</exception>
    public static DetectorPreset Of(params DetectorOptions[] options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var option in options)
        {
            option.Validated();
        }

        return options.GroupBy(option => option.GetType()).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new ArgumentException($"{twice.Key.Name} is there twice.", nameof(options))
            : new DetectorPreset([.. options]);
    }

    /// <summary>The preset with other thresholds for one detector, which is added if it was not there.</summary>
    /// <exception cref="ArgumentException">A value cannot be used.</exception>
    public DetectorPreset With(DetectorOptions options)
    {
        options.Validated();
        var index = Options.ToList().FindIndex(existing => existing.GetType() == options.GetType());
        return new DetectorPreset(index < 0
            ? [.. Options, options]
            : [.. Options.Take(index), options, .. Options.Skip(index + 1)]);
    }

    /// <summary>The preset with one value changed, as it stands in a configuration file.</summary>
    /// <param name="name">Detector and value, for example <c>Vanishing.Warning</c>.</param>
    /// <param name="value">The value, with a decimal point.</param>
    /// <exception cref="ArgumentException">The name is unknown, or the value cannot be used; the message says what can.</exception>
    public DetectorPreset With(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        var point = name.IndexOf('.');
        var detector = point < 0 ? name : name[..point];
        var current = Options.FirstOrDefault(options => NameOf(options).Equals(detector, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"'{name}' names no detector of this preset; it has {string.Join(", ", Options.Select(NameOf))}.", nameof(name));
        var settable = Settable(current);
        var property = settable.Find(property => property.Name.Equals(name[(point + 1)..], StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"'{name}' is no value of {NameOf(current)}; there are {string.Join(", ", settable.Select(property => property.Name))}.",
                nameof(name));
        var changed = current with { };
        property.SetValue(changed, Parse(name, value, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType));
        return With(changed);
    }

    /// <summary>The preset without one detector.</summary>
    public DetectorPreset Without<T>()
        where T : DetectorOptions => new([.. Options.Where(options => options is not T)]);

    /// <summary>New detectors, for one run.</summary>
    public IReadOnlyList<IDetector> CreateDetectors() => [.. Options.Select(options => options.CreateDetector())];

    /// <summary>The values of a detector that <see cref="With(string, string)"/> can change.</summary>
    internal static List<PropertyInfo> Settable(DetectorOptions options) =>
    [
        .. options.GetType().GetProperties().Where(property =>
            property.CanWrite && (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType).IsPrimitive),
    ];

    /// <summary>Name of a detector in a configuration.</summary>
    internal static string NameOf(DetectorOptions options) => options.GetType().Name[..^Suffix.Length];

    private static object Parse(string name, string value, Type type)
    {
        try
        {
            return Convert.ChangeType(value, type, CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or InvalidCastException)
        {
            throw new ArgumentException($"'{value}' is no {type.Name}, as '{name}' needs it.", nameof(value), exception);
        }
    }
}
