using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>One thing that training code does, at one place of a <see cref="TrainingGraph"/>.</summary>
internal sealed class TrainingNode
{
    private readonly List<TrainingNode> _successors = [];
    private readonly List<TrainingNode> _predecessors = [];

    /// <param name="kind">What is done.</param>
    /// <param name="operation">The code that does it, or null for a join.</param>
    /// <param name="subject">The optimizer or model that it is done to, as <see cref="TrainingFrame"/> resolves it; null when that is not known.</param>
    public TrainingNode(TrainingEventKind kind, IOperation? operation = null, ISymbol? subject = null)
    {
        Kind = kind;
        Operation = operation;
        Subject = subject;
    }

    /// <summary>What is done.</summary>
    public TrainingEventKind Kind { get; }

    /// <summary>The code that does it, or null for a join.</summary>
    public IOperation? Operation { get; }

    /// <summary>The variable that holds the optimizer or model that it is done to, or null.</summary>
    public ISymbol? Subject { get; }

    /// <summary>What may come next.</summary>
    public IReadOnlyList<TrainingNode> Successors => _successors;

    /// <summary>What may have come before.</summary>
    public IReadOnlyList<TrainingNode> Predecessors => _predecessors;

    /// <summary>Adds a path from this node to another.</summary>
    public void LeadTo(TrainingNode next)
    {
        _successors.Add(next);
        next._predecessors.Add(this);
    }

    /// <summary>True when both are known to be done to the same optimizer or model.</summary>
    public bool HasSubjectOf(TrainingNode other) => Subject is not null && SymbolEqualityComparer.Default.Equals(Subject, other.Subject);
}
