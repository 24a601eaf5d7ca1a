using System.Collections.Immutable;

namespace StabilityAnalyzers.Symbols;

/// <summary>
/// Every module that a factory of <c>torch.nn</c> makes, in TorchSharp 0.107. A test resolves each entry against the
/// assembly, and finds no factory that is missing here.
/// </summary>
internal static class LayerCatalog
{
    /// <summary>The layers, by family.</summary>
    public static ImmutableArray<LayerEntry> Entries { get; } = ImmutableArray.CreateRange(
    [
        .. Of(LayerFamily.Linear, 0, "Linear", "Bilinear"),
        .. Of(LayerFamily.Convolution, 0, "Conv1d", "Conv2d", "Conv3d"),
        .. Of(LayerFamily.TransposedConvolution, 0, "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"),
        .. Of(LayerFamily.Embedding, 0, "Embedding", "EmbeddingBag"),
        .. Of(LayerFamily.Recurrent, 0, "RNN", "LSTM", "GRU"),
        .. Of(LayerFamily.RecurrentCell, 0, "RNNCell", "LSTMCell", "GRUCell"),
        .. Of(LayerFamily.Attention, 0, "MultiheadAttention", "Transformer", "TransformerDecoder", "TransformerDecoderLayer",
            "TransformerEncoder", "TransformerEncoderLayer"),
        .. Of(LayerFamily.Normalization, 0, "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d",
            "InstanceNorm3d", "LayerNorm", "GroupNorm", "LocalResponseNorm"),
        .. Of(LayerFamily.Activation, 0, "CELU", "ELU", "GELU", "GLU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh",
            "LeakyReLU", "LogSigmoid", "Mish", "PReLU", "ReLU", "ReLU6", "RReLU", "SELU", "Sigmoid", "SiLU", "Softplus", "Softshrink",
            "Softsign", "Tanh", "Tanhshrink", "Threshold"),
        .. Of(LayerFamily.Softmax, 0, "Softmax", "Softmax2d", "Softmin", "LogSoftmax"),
        .. Of(LayerFamily.Dropout, 0, "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"),
        .. Of(LayerFamily.Pooling, 0, "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d",
            "AdaptiveMaxPool2d", "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "FractionalMaxPool2d",
            "FractionalMaxPool3d", "LPPool1d", "LPPool2d", "MaxPool1d", "MaxPool2d", "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d",
            "MaxUnpool3d"),
        .. Of(LayerFamily.Shape, 0, "ChannelShuffle", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d", "Flatten", "Fold",
            "PixelShuffle", "PixelUnshuffle", "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d",
            "ReplicationPad2d", "ReplicationPad3d", "Unflatten", "Unfold", "Upsample", "ZeroPad2d"),
        .. Of(LayerFamily.Identity, 0, "Identity"),
        .. Of(LayerFamily.Container, 0, "Sequential", "ParameterList", "ParameterDict"),
        .. Of(LayerFamily.Container, 1, "ModuleList", "ModuleDict"),
        .. Of(LayerFamily.Distance, 0, "CosineSimilarity", "PairwiseDistance"),
        .. Of(LayerFamily.Loss, 0, "BCELoss", "BCEWithLogitsLoss", "CosineEmbeddingLoss", "CrossEntropyLoss", "CTCLoss",
            "GaussianNLLLoss", "HingeEmbeddingLoss", "HuberLoss", "KLDivLoss", "L1Loss", "MarginRankingLoss", "MSELoss",
            "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "NLLLoss", "PoissonNLLLoss", "SmoothL1Loss",
            "SoftMarginLoss", "TripletMarginLoss", "TripletMarginWithDistanceLoss"),
    ]);

    private static IEnumerable<LayerEntry> Of(LayerFamily family, int arity, params string[] names) =>
        names.Select(name => new LayerEntry(name, family, arity));
}
