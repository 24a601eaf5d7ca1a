namespace StabilityAnalyzers.Symbols;

/// <summary>What kind of work a layer of TorchSharp does.</summary>
internal enum LayerFamily
{
    /// <summary>A matrix product with weights.</summary>
    Linear,

    /// <summary>A convolution with weights.</summary>
    Convolution,

    /// <summary>A transposed convolution with weights.</summary>
    TransposedConvolution,

    /// <summary>A lookup table of vectors.</summary>
    Embedding,

    /// <summary>A layer that runs over a sequence by itself.</summary>
    Recurrent,

    /// <summary>One step of a recurrent layer, called in a loop of the user's.</summary>
    RecurrentCell,

    /// <summary>Attention and the blocks built on it.</summary>
    Attention,

    /// <summary>Division by a scale that is computed from the values.</summary>
    Normalization,

    /// <summary>A function of each element, without weights or with one slope.</summary>
    Activation,

    /// <summary>A function over a dimension that yields (log-)probabilities.</summary>
    Softmax,

    /// <summary>Elements set to zero at random while training.</summary>
    Dropout,

    /// <summary>A reduction over windows, and its inverse.</summary>
    Pooling,

    /// <summary>Elements moved, repeated or padded, none computed.</summary>
    Shape,

    /// <summary>The input itself.</summary>
    Identity,

    /// <summary>A holder of other modules or of parameters.</summary>
    Container,

    /// <summary>A distance or similarity of two inputs.</summary>
    Distance,

    /// <summary>What training makes small.</summary>
    Loss,
}
