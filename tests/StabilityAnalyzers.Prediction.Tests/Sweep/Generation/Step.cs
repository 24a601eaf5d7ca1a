namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>
/// One thing that <c>forward</c> does to a tensor. Code in it has <c>@nn.</c>, <c>@f.</c>, <c>@init.</c> and <c>@torch.</c> where a
/// <see cref="Dialect"/> decides how TorchSharp is spelled, <c>$W</c> for the width, and <c>{0}</c> for the tensor.
/// </summary>
internal abstract record Step
{
    /// <summary>Layers with weights on the longest way through it.</summary>
    public abstract int Depth { get; }

    /// <summary>Layers with weights on the longest way through a chain.</summary>
    public static int DepthOf(IEnumerable<Step> steps) => steps.Sum(step => step.Depth);
}

/// <summary>A module of TorchSharp, or of the file, that takes a tensor and returns one.</summary>
/// <param name="Name">Name for its field, without a number.</param>
/// <param name="Type">Its class.</param>
/// <param name="Create">The expression that makes it.</param>
/// <param name="Layers">Layers with weights in it.</param>
internal sealed record ModuleStep(string Name, string Type, string Create, int Layers = 0) : Step
{
    /// <inheritdoc/>
    public override int Depth => Layers;

    /// <summary>Statements that initialise it, with <c>{0}</c> for the module.</summary>
    public IReadOnlyList<string> Initialize { get; init; } = [];

    /// <summary>Expressions that compute the same without a module; empty if there are none.</summary>
    public IReadOnlyList<string> Functions { get; init; } = [];

    /// <summary>How it is called, with <c>{0}</c> for the tensor and <c>{1}</c> for the module.</summary>
    public string Call { get; init; } = "{1}.call({0})";

    /// <summary>True if it is a <c>Module&lt;Tensor, Tensor&gt;</c>.</summary>
    public bool IsPlain => Call == "{1}.call({0})";
}

/// <summary>A function of a tensor for which there is no module.</summary>
/// <param name="Forms">Ways to write it.</param>
internal sealed record FunctionStep(params string[] Forms) : Step
{
    /// <inheritdoc/>
    public override int Depth => 0;
}

/// <summary>x + scale * branch(x).</summary>
/// <param name="Branch">The branch.</param>
/// <param name="Scale">Code of the factor of the branch; null for 1.</param>
internal sealed record ResidualStep(IReadOnlyList<Step> Branch, string? Scale = null) : Step
{
    /// <inheritdoc/>
    public override int Depth => DepthOf(Branch);
}

/// <summary>The results of two chains beside each other, in dimension 1.</summary>
/// <param name="Left">One chain; empty for the tensor itself.</param>
/// <param name="Right">The other chain.</param>
/// <param name="Dimension">The dimension.</param>
internal sealed record ConcatenationStep(IReadOnlyList<Step> Left, IReadOnlyList<Step> Right, int Dimension) : Step
{
    /// <inheritdoc/>
    public override int Depth => Math.Max(DepthOf(Left), DepthOf(Right));
}

/// <summary>value(x) * sigmoid(gate(x)); with a carry, t * value(x) + (1 - t) * x: a highway layer.</summary>
/// <param name="Value">The chain that makes the value; empty for the tensor itself.</param>
/// <param name="Gate">The chain in front of the gate's sigmoid.</param>
/// <param name="IsHighway">True if what the gate holds back is taken from x.</param>
internal sealed record GateStep(IReadOnlyList<Step> Value, IReadOnlyList<Step> Gate, bool IsHighway) : Step
{
    /// <inheritdoc/>
    public override int Depth => Math.Max(DepthOf(Value), DepthOf(Gate));
}

/// <summary>A module of two tensors, which two chains make.</summary>
/// <param name="Module">The module; its call has <c>{0}</c> and <c>{2}</c> for the tensors.</param>
/// <param name="Left">Chain to the first.</param>
/// <param name="Right">Chain to the second.</param>
internal sealed record PairStep(ModuleStep Module, IReadOnlyList<Step> Left, IReadOnlyList<Step> Right) : Step
{
    /// <inheritdoc/>
    public override int Depth => Module.Layers + Math.Max(DepthOf(Left), DepthOf(Right));
}

/// <summary>A cell that is called once for each position of dimension 1, with its own result from the position before.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Steps">Number of positions.</param>
/// <param name="HasCellState">True for LSTM, whose state is two tensors.</param>
/// <param name="StateSize">Width of the state.</param>
internal sealed record CellLoopStep(ModuleStep Cell, int Steps, bool HasCellState, int StateSize) : Step
{
    /// <summary>True if the result is the sequence of all states, not the last one.</summary>
    public bool IsStacked { get; init; }

    /// <inheritdoc/>
    public override int Depth => Steps;
}
