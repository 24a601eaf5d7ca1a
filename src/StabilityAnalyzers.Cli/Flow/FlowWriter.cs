namespace StabilityAnalyzers.Cli.Flow;

/// <summary>How <c>stability flow</c> prints.</summary>
internal enum FlowFormat
{
    /// <summary>Tables for people.</summary>
    Table,

    /// <summary>The JSON contract.</summary>
    Json,

    /// <summary>Graphs for Graphviz.</summary>
    Dot,
}

/// <summary>The writers by format.</summary>
internal static class FlowWriter
{
    /// <summary>What writes a format.</summary>
    public static Action<IReadOnlyList<FlowModel>, TextWriter> For(FlowFormat format) => format switch
    {
        FlowFormat.Json => FlowJson.Write,
        FlowFormat.Dot => FlowDot.Write,
        _ => FlowTable.Write,
    };
}
