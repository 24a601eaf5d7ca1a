using System.Globalization;
using System.Reflection;

namespace StabilityAnalyzers.RunLog.Tests;

public class DetectorPresetTests
{
    public static TheoryData<string, string> Values => [.. DetectorPreset.Default.Options.Append(new ClassicOptions()).SelectMany(options =>
        DetectorPreset.Settable(options).Select(property => (DetectorPreset.NameOf(options), property.Name)))];

    /// <summary>No value of any detector may be NaN or negative.</summary>
    [Theory]
    [MemberData(nameof(Values))]
    public void ValueThatCannotBeUsed_IsRefusedWithItsName(string detector, string property)
    {
        var preset = DetectorPreset.Default.With(new ClassicOptions());
        var type = preset.Options.Single(options => DetectorPreset.NameOf(options) == detector).GetType().GetProperty(property)!.PropertyType;
        var isReal = (Nullable.GetUnderlyingType(type) ?? type) == typeof(double);
        foreach (var bad in isReal ? new[] { "NaN", "-2" } : ["-1"])
        {
            var exception = Assert.Throws<ArgumentException>(() => preset.With($"{detector}.{property}", bad));
            Assert.Contains(property, exception.Message);
            Assert.Contains($"{detector}Options", exception.Message);
        }
    }

    [Fact]
    public void BadOptions_AreRefusedByTheDetectorsThemselves()
    {
        Assert.Throws<ArgumentException>(() => new VanishingDetector(new VanishingOptions { Info = 1e-4 }));
        Assert.Throws<ArgumentException>(() => new ExplodingDetector(new ExplodingOptions { Loss = new() { Window = 0 } }));
        Assert.Throws<ArgumentNullException>(() => new SpikeDetector(null!));
        Assert.Throws<ArgumentException>(() => DetectorPreset.Of(new SpikeOptions(), new SpikeOptions()));
    }

    [Theory]
    [InlineData("Vanish.Warning", "1e-4", "names no detector of this preset; it has NonFinite, Vanishing")]
    [InlineData("Vanishing.Warn", "1e-4", "there are Info, Warning, Window")]
    [InlineData("Vanishing", "1e-4", "is no value of Vanishing")]
    [InlineData("Vanishing.Warning", "0,0001x", "'0,0001x' is no Double, as 'Vanishing.Warning' needs it")]
    [InlineData("Vanishing.Window", "2.5", "'2.5' is no Int32")]
    [InlineData("Vanishing.Warning", "0.5", "'Info >= Warning' does not hold")]
    public void UnknownNamesAndValues_AreExplained(string name, string value, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => DetectorPreset.Default.With(name, value)).Message);

    [Fact]
    public void Values_AreReadTheSameInEveryCulture()
    {
        var culture = CultureInfo.CurrentCulture;
        try
        {
            var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            comma.NumberFormat.NumberGroupSeparator = ".";
            CultureInfo.CurrentCulture = comma;
            var preset = DetectorPreset.Default.With("vanishing.warning", "1.5e-4").With("InitialLoss.Expected", "2.3");
            Assert.Equal(1.5e-4, preset.Options.OfType<VanishingOptions>().Single().Warning);
            Assert.Equal(2.3, preset.Options.OfType<InitialLossOptions>().Single().Expected);
            Assert.Equal(1e-3, DetectorPreset.Default.Options.OfType<VanishingOptions>().Single().Warning);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void Preset_CanBeChangedInParts()
    {
        var preset = DetectorPreset.Default.Without<OscillationOptions>().With(new ClipEngagementOptions { MaxNorm = 1 }).With(new ClassicOptions());

        Assert.Equal(DetectorPreset.Default.Options.Count, preset.Options.Count);
        Assert.Equal(1, preset.Options.OfType<ClipEngagementOptions>().Single().MaxNorm);
        Assert.DoesNotContain(preset.CreateDetectors(), detector => detector is OscillationDetector);
    }

    [Fact]
    public void EveryDetector_IsInTheDefaultPresetAndHasItsOwnRuleIdAndName()
    {
        var detectors = typeof(IDetector).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IDetector)));
        var inPreset = DetectorPreset.Default.CreateDetectors().Select(detector => detector.GetType()).Append(typeof(ClassicDetector));
        Assert.Equal(detectors.Select(type => type.Name).Order(), inPreset.Select(type => type.Name).Order());
        var ids = typeof(RuleIds).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);
        Assert.Equal(ids.Order(), MeasuredFault.All.Select(fault => fault.Id));
        Assert.Equal(MeasuredFault.All.Count, DetectorPreset.Default.Options.Count);
        Assert.All(ids, id => Assert.Matches("^STAB9[0-9]{3}$", id));
    }

    [Fact]
    public void RunThatBeginsAgain_IsAnotherRun()
    {
        var set = DetectorSet.Default();
        List<Finding> Run() => [.. Sequence.Steps(150, i => Sequence.Step(i, 1e-8, loss: Sequence.Flat(i))).SelectMany(step => set.Observe(Sequence.Square, step))];

        var first = Run();

        Assert.NotEmpty(first);
        Assert.Equal(first.Select(finding => finding.ToString()), Run().Select(finding => finding.ToString()));
    }
}
