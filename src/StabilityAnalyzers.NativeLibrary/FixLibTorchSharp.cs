using System.Globalization;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace StabilityAnalyzers.NativeLibrary;

/// <summary>
/// MSBuild task: makes copies of libLibTorchSharp.so loadable on a Linux whose libstdc++ is older than the one that
/// TorchSharp was built with. Does nothing where that is not needed, and never fails a build.
/// </summary>
public sealed class FixLibTorchSharp : Microsoft.Build.Utilities.Task
{
    private const string WarningCode = "STABNATIVE01";
    private const int Attempts = 5;

    /// <summary>The copies to look at; those that do not exist are ignored.</summary>
    [Required]
    public ITaskItem[] Files { get; set; } = [];

    /// <summary>Folder for the patched copies; if empty, each file is replaced where it is.</summary>
    public string? DestinationFolder { get; set; }

    /// <summary>True to patch whatever libstdc++ this machine has: for building here what runs elsewhere.</summary>
    public bool Always { get; set; }

    /// <summary>The patched copies, with the metadata of the files that they were made from.</summary>
    [Output]
    public ITaskItem[] Patched { get; set; } = [];

    /// <summary>The files of which there is a patched copy now.</summary>
    [Output]
    public ITaskItem[] Replaced { get; set; } = [];

    /// <summary>How long to wait before a file that is not as expected is read again.</summary>
    internal TimeSpan Patience { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public override bool Execute()
    {
        try
        {
            FixAll();
        }
#pragma warning disable CA1031 // Whatever goes wrong here, a build does not fail for it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Warn(null, exception.Message);
        }

        return true;
    }

    private void FixAll()
    {
        var existing = Files.Where(file => File.Exists(file.ItemSpec)).ToArray();
        if (existing.Length == 0)
        {
            return;
        }

        var evidence = "asked for";
        if (!Always && !LibStdCxx.Lacks(WeakVersionPatch.Version, out evidence))
        {
            Log.LogMessage(MessageImportance.Low, $"libLibTorchSharp.so is used as it is: {evidence}.");
            return;
        }

        var patched = new List<ITaskItem>();
        var replaced = new List<ITaskItem>();
        for (var i = 0; i < existing.Length; i++)
        {
            if (TryFix(existing[i], i, evidence) is { } copy)
            {
                patched.Add(copy);
                replaced.Add(existing[i]);
            }
        }

        Patched = patched.ToArray();
        Replaced = replaced.ToArray();
    }

    private ITaskItem? TryFix(ITaskItem file, int number, string evidence)
    {
        try
        {
            return Fix(file, number, evidence);
        }
#pragma warning disable CA1031 // One file that cannot be read or written does not keep the others from being fixed.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Warn(file.ItemSpec, exception.Message);
            return null;
        }
    }

    private ITaskItem? Fix(ITaskItem file, int number, string evidence)
    {
        var (bytes, patch) = Read(file.ItemSpec);
        switch (patch.State)
        {
            case PatchState.Needed:
                patch.Apply(bytes);
                if (Write(file.ItemSpec, number, bytes, out var destination))
                {
                    Log.LogMessage(MessageImportance.Normal, $"{destination}: made loadable on this system ({evidence}; {patch.Reason}).");
                }

                var copy = new TaskItem(destination);
                file.CopyMetadataTo(copy);
                return copy;
            case PatchState.Impossible:
                Warn(file.ItemSpec, patch.Reason);
                return null;
            default:
                Log.LogMessage(MessageImportance.Low, $"{file.ItemSpec}: nothing to do, {patch.Reason}.");
                return null;
        }
    }

    // More than once if need be: another build into the same folder may be in the middle of copying the file.
    private (byte[] Bytes, WeakVersionPatch Patch) Read(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var bytes = File.ReadAllBytes(path);
                var patch = WeakVersionPatch.For(bytes);
                if (patch.State != PatchState.Impossible || attempt == Attempts)
                {
                    return (bytes, patch);
                }
            }
            catch (IOException) when (attempt < Attempts)
            {
                // Somebody has it open, or it is being replaced.
            }

            Thread.Sleep(Patience);
        }
    }

    // Libraries of one name come from several folders: in the destination, each has a folder with its number. False if the file is there
    // already.
    private bool Write(string path, int number, byte[] patched, out string destination)
    {
        if (string.IsNullOrEmpty(DestinationFolder))
        {
            destination = path;
            PatchedFile.Replace(path);
            return true;
        }

        destination = Path.Combine(DestinationFolder!, number.ToString(CultureInfo.InvariantCulture), Path.GetFileName(path));
        return PatchedFile.Copy(path, patched, destination);
    }

    private void Warn(string? path, string reason) =>
        Log.LogWarning(
            subcategory: null,
            WarningCode,
            helpKeyword: null,
            path,
            0,
            0,
            0,
            0,
            $"The library may not load on this system (libstdc++ older than {WeakVersionPatch.Version}), and it cannot be made to: {reason}. It is left as it is. Set StabilityFixNativeLibrary=false to skip this check.");
}
