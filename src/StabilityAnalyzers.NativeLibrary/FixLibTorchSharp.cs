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
        var bytes = File.ReadAllBytes(file.ItemSpec);
        var patch = WeakVersionPatch.For(bytes);
        switch (patch.State)
        {
            case PatchState.Needed:
                patch.Apply(bytes);
                var destination = Write(file.ItemSpec, number, bytes);
                Log.LogMessage(MessageImportance.Normal, $"{destination}: made loadable on this system ({evidence}; {patch.Reason}).");
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

    // Libraries of one name come from several folders: in the destination, each has a folder with its number.
    private string Write(string path, int number, byte[] patched)
    {
        if (string.IsNullOrEmpty(DestinationFolder))
        {
            PatchedFile.Replace(path);
            return path;
        }

        var destination = Path.Combine(DestinationFolder!, number.ToString(CultureInfo.InvariantCulture), Path.GetFileName(path));
        PatchedFile.Copy(path, patched, destination);
        return destination;
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
