namespace StabilityAnalyzers.Cli.Tests.Kit;

/// <summary>A folder of its own for a test, deleted afterwards.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("stability-cli-").FullName;

    /// <summary>Writes a file in the folder and says where it is.</summary>
    public string Write(string name, string content)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A folder that is left over in the temporary directory harms no test.
        }
    }
}
