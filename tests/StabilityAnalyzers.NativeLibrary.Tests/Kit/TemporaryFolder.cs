namespace StabilityAnalyzers.NativeLibrary.Tests.Kit;

/// <summary>A folder of its own for a test, deleted afterwards.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("stability-native-").FullName;

    /// <summary>A path in the folder, whose parent exists.</summary>
    public string At(params string[] parts)
    {
        var path = System.IO.Path.Combine([Path, .. parts]);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>Writes a file in the folder and says where it is.</summary>
    public string Write(byte[] bytes, params string[] parts)
    {
        var path = At(parts);
        File.WriteAllBytes(path, bytes);
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
