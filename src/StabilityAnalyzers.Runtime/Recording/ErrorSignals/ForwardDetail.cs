namespace StabilityAnalyzers.Runtime;

/// <summary>What is kept of a forward pass.</summary>
[Flags]
internal enum ForwardDetail
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The outputs of the layers, for their error signals.</summary>
    ErrorSignals = 1,

    /// <summary>Statistics of the layers' outputs too.</summary>
    Outputs = 2,

    /// <summary>The units of the activations too.</summary>
    Activations = 4,
}
