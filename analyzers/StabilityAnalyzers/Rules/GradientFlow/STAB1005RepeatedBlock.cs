using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Rules.GradientFlow;

/// <summary>A block that is repeated an unknown number of times shrinks or grows the gradient each time.</summary>
internal static class STAB1005RepeatedBlock
{
    /// <summary>The rule.</summary>
    public static readonly DiagnosticDescriptor Rule = StabilityRule.Create(
        "STAB1005",
        "A repeated block cannot keep its gradient",
        "each pass through '{0}' is predicted to multiply the gradient by {1}: {2} after {3} passes",
        RuleCategory.GradientFlow,
        DiagnosticSeverity.Info,
        "How often the block is repeated is not in the code; from a certain number of passes on, whatever it is, the gradient is gone or explodes.");

    /// <summary>Property: what one pass does to the gradient.</summary>
    public const string FactorPerPass = "factorPerPass";

    /// <summary>Property: passes after which the gradient is not healthy.</summary>
    public const string Passes = "passes";

    // A factor that takes longer than this is as good as 1 for the depths that people build.
    private const double MostPasses = 30;

    /// <summary>The repeated blocks that are unhealthy after few passes.</summary>
    /// <param name="subject">The model.</param>
    public static IEnumerable<GraphFinding> Find(GraphSubject subject)
    {
        foreach (var repeat in subject.Prediction.Repeats)
        {
            if (repeat.FactorPerPass is not { } factor)
            {
                continue;
            }

            var shrinks = factor < 1;
            if (repeat.PassesUntil(shrinks ? subject.Limits.Shrinking : subject.Limits.Growing) is not (> 0 and <= MostPasses and var passes))
            {
                continue;
            }

            // What a residual trunk grows by is spread over all of its depth, and known to those who build one.
            if (!shrinks && ResidualSums.Find(repeat.Body.Graph).Count > 0)
            {
                continue;
            }

            var path = repeat.Body.Layers.FirstOrDefault()?.Path ?? "the loop";
            var count = Math.Max(1, Math.Ceiling(passes));
            var limit = shrinks ? $"{Short(100 * subject.Limits.Shrinking)} % are left" : $"{Short(subject.Limits.Growing)} times as much";
            yield return new GraphFinding(
                Rule,
                Rule.DefaultSeverity,
                repeat.NodeId,
                [],
                ImmutableDictionary<string, string?>.Empty
                    .Add(GradientRule.Layer, path)
                    .Add(FactorPerPass, Figures.ForPrograms(factor))
                    .Add(Passes, Figures.ForPrograms(passes)),
                [path, Figures.ForPeople(factor), limit, count.ToString(CultureInfo.InvariantCulture)])
            { Subject = (Rule.Id, path), Badness = -passes };
        }
    }

    private static string Short(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
