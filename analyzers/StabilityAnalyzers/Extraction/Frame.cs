using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Extraction;

/// <summary>One call of a method, lambda or local function that is being interpreted.</summary>
/// <param name="id">Key of its variables; a lambda has that of the method around it.</param>
/// <param name="self">What <c>this</c> is; null in a static method.</param>
internal sealed class Frame(int id, Value? self)
{
    /// <summary>Key of its variables.</summary>
    public int Id { get; } = id;

    /// <summary>What <c>this</c> is.</summary>
    public Value? Self { get; } = self;

    /// <summary>The ways out so far: what is returned, and the state then.</summary>
    public List<(Value Value, State State)> Returns { get; } = [];

    /// <summary>What an iterator has yielded; null until the first.</summary>
    public List<Value>? Yielded { get; set; }

    /// <summary>The loops and switches around the current statement, innermost last.</summary>
    public List<Jumps> Jumps { get; } = [];

    /// <summary>The objects that initialisers are filling, innermost last.</summary>
    public Stack<Value> Initialized { get; } = new();

    /// <summary>The receivers of conditional accesses, innermost last.</summary>
    public Stack<Value> ConditionalReceivers { get; } = new();
}

/// <summary>States that leave a loop or a switch early.</summary>
/// <param name="exit">Target of <c>break</c>.</param>
/// <param name="next">Target of <c>continue</c>; null in a switch.</param>
internal sealed class Jumps(ILabelSymbol? exit, ILabelSymbol? next)
{
    /// <summary>Target of <c>break</c>.</summary>
    public ILabelSymbol? Exit { get; } = exit;

    /// <summary>Target of <c>continue</c>.</summary>
    public ILabelSymbol? Next { get; } = next;

    /// <summary>The states at each <c>break</c>.</summary>
    public List<State> Breaks { get; } = [];

    /// <summary>The states at each <c>continue</c>.</summary>
    public List<State> Continues { get; } = [];
}
