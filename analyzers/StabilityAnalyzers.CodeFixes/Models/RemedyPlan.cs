using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>Remedies as changes of the source. Each was tried: the changed source compiles, and its model is predicted to be healthy.</summary>
/// <param name="subject">The model.</param>
/// <param name="cancellation">Ends the work.</param>
internal sealed class RemedyPlan(ModelSubject subject, CancellationToken cancellation)
{
    // A menu with more is no help.
    private const int Most = 4;

    /// <summary>A remedy in the source.</summary>
    /// <param name="Remedy">The remedy.</param>
    /// <param name="Edits">The changes.</param>
    /// <param name="Before">The prediction for the source as it is.</param>
    /// <param name="After">The prediction for the changed source.</param>
    /// <param name="Targets">The layers that get another initialiser.</param>
    internal sealed record Solution(
        Remedy Remedy, SourceEdits Edits, Prediction Before, Prediction After, IReadOnlyList<InitializerEdits.Target> Targets);

    /// <summary>What heals the model, cheapest first; two changes at once only where one is not enough.</summary>
    public IEnumerable<Solution> Solutions()
    {
        // The class may be made in several ways: the edits of one must do for all, which the trial shows.
        var model = subject.Models[0];
        if (!model.Graph.IsComplete)
        {
            yield break;
        }

        var before = SignalPropagation.Predict(model.Graph);
        var found = new HashSet<RemedyKind>();
        foreach (var remedy in GradientRemedies.Candidates(model.Graph, ScopeOf(model)))
        {
            if (found.Count >= Most || (remedy.IsCombined && found.Count > 0))
            {
                yield break;
            }

            // Group norm is for models that batch norm does not heal.
            if (!found.Contains(remedy.Kind) && !(remedy.Kind == RemedyKind.GroupNorm && found.Contains(RemedyKind.BatchNorm)) && remedy.Heals
                && Try(model, remedy, before) is { } solution)
            {
                found.Add(remedy.Kind);
                yield return solution;
            }
        }
    }

    private RemedyScope ScopeOf(ExtractedModel model)
    {
        var layers = GradientRemedies.Followers(model.Graph).ToDictionary(pair => pair.Value, pair => pair.Key);
        var sums = ResidualSums.Find(model.Graph);
        return new RemedyScope(
            activation => layers.TryGetValue(activation, out var layer) && InsertionEdits.CanNormalize(subject, model, layer, activation, cancellation),
            activation => layers.TryGetValue(activation, out var layer) && ResidualEdits.CanShortcut(subject, model, layer, activation, cancellation),
            sum => sums.TryGetValue(sum, out var branch) && ResidualEdits.CanScale(subject, model, sum, branch));
    }

    private Solution? Try(ExtractedModel model, Remedy remedy, Prediction before)
    {
        var change = remedy.Change;
        var layers = GradientRemedies.Followers(model.Graph).ToDictionary(pair => pair.Value, pair => pair.Key);
        var targets = TargetsOf(model, change);
        var paths = targets.Select(target => model.Graph.Nodes[target.Node].Path).Distinct().Count();
        var forms = targets.Count == 0 ? [(_, _, _) => true] : InitializerEdits.Forms(targets, paths);
        foreach (var form in forms)
        {
            cancellation.ThrowIfCancellationRequested();
            var edits = new SourceEdits(subject.Semantic.SyntaxTree);
            if (form(subject, model, edits)
                && (change.Activations.Count == 0
                    || ActivationEdits.TryReplace(subject, model, change.Activations.Keys, change.Activations.Values.First(), edits, cancellation))
                && (change.Norms.Count == 0
                    || InsertionEdits.TryNormalize(subject, model, change.Norms.Select(norm => (layers[norm.Key], norm.Key, norm.Value)), edits, cancellation))
                && (change.Shortcuts.Count == 0
                    || ResidualEdits.TryShortcut(subject, model, change.Shortcuts.Keys.Select(to => (layers[to], to)), ScaleOf(change), edits, cancellation))
                && (change.Branches.Count == 0
                    || ResidualEdits.TryScale(subject, model, change.Branches.Select(pair => (pair.Key, pair.Value.Input)), ScaleOf(change), edits))
                && !edits.IsEmpty
                && Healthy(edits) is { } after)
            {
                return new Solution(remedy, edits, before, after, targets);
            }
        }

        return null;
    }

    /// <summary>One over the square of the factor on residual branches; 1 if they are not scaled.</summary>
    internal static int ScaleOf(GraphChange change)
    {
        var scale = change.Shortcuts.Values.Select(shortcut => shortcut.Scale).Concat(change.Branches.Values.Select(branch => branch.Scale)).FirstOrDefault();
        return scale > 0 ? (int)Math.Round(1 / (scale * scale)) : 1;
    }

    private Prediction? Healthy(SourceEdits edits)
    {
        Prediction? first = null;
        foreach (var model in subject.After(edits))
        {
            var prediction = SignalPropagation.Predict(model.Graph);
            if (!Remedy.IsCure(prediction))
            {
                return null;
            }

            first ??= prediction;
        }

        return first;
    }

    private static List<InitializerEdits.Target> TargetsOf(ExtractedModel model, GraphChange change)
    {
        var followers = GradientRemedies.Followers(model.Graph);
        var targets = new List<InitializerEdits.Target>();
        foreach (var pair in change.Initializers)
        {
            if (followers.TryGetValue(pair.Key, out var follower))
            {
                var activation = change.Activations.TryGetValue(follower, out var other)
                    ? other
                    : ((ActivationOperation)model.Graph.Nodes[follower].Operation).Activation;
                targets.Add(new InitializerEdits.Target(pair.Key, pair.Value, activation));
            }
        }

        return targets;
    }
}
