namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>Where a class has its sizes from.</summary>
internal enum ConstantStyle
{
    /// <summary>Numbers in the code.</summary>
    Literal,

    /// <summary>Parameters of the constructor, given where the object is made.</summary>
    Parameter,

    /// <summary>Parameters of the constructor with defaults.</summary>
    DefaultParameter,

    /// <summary>Constants of the class.</summary>
    Constant,

    /// <summary>Properties of an options object, given where the object is made.</summary>
    Options,
}

/// <summary>The sizes of a class: what <c>$W</c>, the width, and <c>$D</c>, the number of blocks, stand for in its code.</summary>
/// <param name="Style">Where they come from.</param>
/// <param name="Width">The width.</param>
/// <param name="Depth">The number of blocks; null if the class has no such number.</param>
internal sealed record ClassConstants(ConstantStyle Style, int Width, int? Depth)
{
    /// <summary>Parameters of the constructor.</summary>
    public string Parameters => Style switch
    {
        ConstantStyle.Parameter => "long width" + (Depth is null ? "" : ", int depth"),
        ConstantStyle.DefaultParameter => $"int width = {Width}" + (Depth is null ? "" : $", int depth = {Depth}"),
        ConstantStyle.Options => "NetOptions options",
        _ => "",
    };

    /// <summary>Arguments for these parameters.</summary>
    public string Arguments => Style switch
    {
        ConstantStyle.Parameter => $"{Width}" + (Depth is null ? "" : $", depth: {Depth}"),
        ConstantStyle.Options => $"new NetOptions {{ Width = {Width}, Depth = {Depth ?? 1} }}",
        _ => "",
    };

    /// <summary>Fields that hold them.</summary>
    public IEnumerable<string> Fields => Style != ConstantStyle.Constant ? [] : Depth is null
        ? [$"private const int Width = {Width};"]
        : [$"private const int Width = {Width};", $"private const int Depth = {Depth};"];

    /// <summary>A type that they need.</summary>
    public string? Type => Style == ConstantStyle.Options
        ? "public sealed class NetOptions\n{\npublic int Width { get; init; } = 32;\npublic int Depth { get; init; } = 2;\n}\n"
        : null;

    /// <summary>True if an initialiser of a field may use them.</summary>
    public bool ReachFields => Style is ConstantStyle.Literal or ConstantStyle.Constant;

    /// <summary>The code with the constants in it.</summary>
    public string Fill(string code)
    {
        var (width, depth) = Style switch
        {
            ConstantStyle.Parameter or ConstantStyle.DefaultParameter => ("width", "depth"),
            ConstantStyle.Constant => ("Width", "Depth"),
            ConstantStyle.Options => ("options.Width", "options.Depth"),
            _ => ($"{Width}", $"{Depth ?? 1}"),
        };
        return code.Replace("$W", width, StringComparison.Ordinal).Replace("$D", depth, StringComparison.Ordinal);
    }
}
