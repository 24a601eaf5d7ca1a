using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace StabilityAnalyzers.Cli.Sources;

/// <summary>A file beside the code that the analyzers may read.</summary>
/// <param name="path">Its path.</param>
internal sealed class TextFile(string path) : AdditionalText
{
    /// <inheritdoc/>
    public override string Path => path;

    /// <inheritdoc/>
    public override SourceText? GetText(CancellationToken cancellationToken = default)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return SourceText.From(stream);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
