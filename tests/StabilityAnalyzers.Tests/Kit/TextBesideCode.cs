using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace StabilityAnalyzers.Tests.Kit;

/// <summary>A file beside the code that the analyzers may read.</summary>
internal sealed class TextBesideCode(string path, string text) : AdditionalText
{
    public override string Path => path;

    public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
}
