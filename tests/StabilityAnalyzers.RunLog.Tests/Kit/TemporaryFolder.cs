namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>A folder of its own for a test, deleted afterwards.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("stability-runlog-").FullName;

    public string File(string name = "run.stability.db") => System.IO.Path.Combine(Path, name);

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
