namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>How a class holds the blocks that repeat.</summary>
internal enum Layout
{
    /// <summary>A field for each layer.</summary>
    Fields,

    /// <summary>One <c>Sequential</c> of named tuples.</summary>
    SequentialTuples,

    /// <summary>One <c>Sequential</c> of modules.</summary>
    SequentialModules,

    /// <summary>A list that a loop fills, for a <c>Sequential</c>.</summary>
    SequentialFromList,

    /// <summary>An empty <c>Sequential</c> to which a loop appends.</summary>
    SequentialAppend,

    /// <summary>A <c>Sequential</c> from a query.</summary>
    SequentialFromQuery,

    /// <summary>A helper method makes a block, a loop collects them.</summary>
    HelperMethod,

    /// <summary>A <c>ModuleList</c> for each layer of the block, and a loop in <c>forward</c>.</summary>
    ModuleLists,

    /// <summary>A class for the block, in a <c>ModuleList</c>.</summary>
    BlockList,

    /// <summary>A class for the block, in a <c>Sequential</c>.</summary>
    BlockSequential,
}
