using System.Collections.Immutable;

namespace StabilityAnalyzers.Symbols;

/// <summary>
/// Methods of <c>torch.Tensor</c>, and functions of <c>torch</c> of the same name, that leave the tensor as it is and
/// return a new one. Those that draw random numbers are not here, nor those whose cost is what a benchmark measures.
/// </summary>
internal static class PureOperatorCatalog
{
    /// <summary>Those that move a tensor or change the type of its elements; a module's method of that name changes the module.</summary>
    public static ImmutableArray<string> Conversions { get; } = ImmutableArray.Create(
        "to", "to_type", "type", "type_as", "cuda", "cpu", "mps",
        "half", "bfloat16", "float", "double", "bool", "byte", "char", "short", "int", "long", "cfloat", "cdouble");

    /// <summary>Those that give it another shape.</summary>
    public static ImmutableArray<string> Shapes { get; } = ImmutableArray.Create(
        "contiguous", "detach", "expand", "flatten", "flip", "permute", "repeat", "reshape", "roll", "squeeze", "tile",
        "transpose", "unflatten", "unsqueeze", "view");

    /// <summary>Those that compute each element: nearly all have a twin that does it in place, with an underscore behind the name.</summary>
    public static ImmutableArray<string> Elementwise { get; } = ImmutableArray.Create(
        "abs", "absolute", "acos", "acosh", "add", "addcdiv", "addcmul", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and",
        "bitwise_not", "bitwise_or", "bitwise_xor", "ceil", "celu", "clamp", "clamp_max", "clamp_min", "clip", "copysign", "cos",
        "cosh", "digamma", "div", "divide", "elu", "eq", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "fix", "floor", "floor_divide",
        "fmod", "frac", "ge", "gelu", "gt", "hardsigmoid", "hardswish", "hardtanh", "heaviside", "index_add", "index_copy",
        "index_fill", "le", "leaky_relu", "lerp", "less_equal", "lgamma", "log", "log10", "log1p", "log2", "log_softmax", "logical_and",
        "logical_not", "logical_or", "logical_xor", "logit", "lt", "masked_fill", "masked_scatter", "mul", "multiply", "nan_to_num", "ne", "neg",
        "negative", "not_equal", "pow", "reciprocal", "relu", "relu6", "remainder", "round", "rsqrt", "scatter", "scatter_add", "selu", "sgn",
        "sigmoid", "sign", "silu", "sin", "sinc", "sinh", "softmax", "softplus", "sqrt", "square", "sub", "subtract", "tan", "tanh",
        "threshold", "tril", "triu", "true_divide", "trunc", "where", "xlogy");

    private static readonly ImmutableHashSet<string> s_names =
        ImmutableHashSet.CreateRange(Conversions.Concat(Shapes).Concat(Elementwise));

    /// <summary>True for the name of such a method.</summary>
    public static bool Contains(string name) => s_names.Contains(name);
}
