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
        var existing = Files.Where(file => File.Exists(file.ItemSpec)).ToArray();
        if (existing.Length == 0)
        {
            return true;
        }

        var evidence = "asked for";
        if (!Always && !LibStdCxx.Lacks(WeakVersionPatch.Version, out evidence))
        {
            Log.LogMessage(MessageImportance.Low, $"libLibTorchSharp.so is used as it is: {evidence}.");
            return true;
        }

        var patched = new List<ITaskItem>();
        var replaced = new List<ITaskItem>();
        foreach (var file in existing)
        {
            try
            {
                if (Fix(file, evidence) is { } copy)
                {
                    patched.Add(copy);
                    replaced.Add(file);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Warn(file.ItemSpec, exception.Message);
            }
        }

        Patched = patched.ToArray();
        Replaced = replaced.ToArray();
        return true;
    }

    private ITaskItem? Fix(ITaskItem file, string evidence)
    {
        var patch = WeakVersionPatch.For(File.ReadAllBytes(file.ItemSpec));
        switch (patch.State)
        {
            case PatchState.Needed:
                var destination = Destination(file.ItemSpec);
                PatchedFile.Write(file.ItemSpec, patch, destination);
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

    private string Destination(string path)
    {
        if (string.IsNullOrEmpty(DestinationFolder))
        {
            return path;
        }

        Directory.CreateDirectory(DestinationFolder!);
        return Path.Combine(DestinationFolder!, Path.GetFileName(path));
    }

    private void Warn(string path, string reason) =>
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
