using System.CommandLine;
using System.Text;

namespace StabilityAnalyzers.Cli.Commands;

/// <summary>The option <c>-o</c>: a file in place of standard output.</summary>
internal static class OutputFile
{
    /// <summary>The option.</summary>
    public static Option<string?> Option() => new("--output", "-o") { Description = "A file to write to; standard output without it.", HelpName = "FILE" };

    /// <summary>Writes to the file, or to standard output. The file appears only when all of it is written.</summary>
    /// <param name="path">The file; null for standard output.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="write">Writes the result.</param>
    public static void Write(string? path, TextWriter output, Action<TextWriter> write)
    {
        if (path is null)
        {
            write(output);
            return;
        }

        using var text = new StringWriter { NewLine = "\n" };
        write(text);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        var part = path + ".part";
        File.WriteAllText(part, text.ToString(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        File.Move(part, path, overwrite: true);
    }
}
