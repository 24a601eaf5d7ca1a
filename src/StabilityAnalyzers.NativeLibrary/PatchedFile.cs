namespace StabilityAnalyzers.NativeLibrary;

/// <summary>Writes a patched copy of a library.</summary>
internal static class PatchedFile
{
    /// <summary>
    /// Writes the patched form of a file to a path, which may be the file itself. It is a new file that is renamed over
    /// whatever is there, never a write into it: a hard link or a symbolic link to the package cache is replaced, and the
    /// cache stays as it is. Permissions and the time of modification are those of the source, so that an incremental build
    /// does not copy the original back.
    /// </summary>
    /// <param name="source">The library.</param>
    /// <param name="patch">What to change, made from the bytes of this very file.</param>
    /// <param name="destination">Where the result goes.</param>
    internal static void Write(string source, WeakVersionPatch patch, string destination)
    {
        var temporary = $"{destination}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.Copy(source, temporary);
            var attributes = File.GetAttributes(temporary);
            File.SetAttributes(temporary, attributes & ~FileAttributes.ReadOnly);
            using (var stream = new FileStream(temporary, FileMode.Open, FileAccess.Write, FileShare.None))
            {
                stream.Position = patch.Offset;
                stream.WriteByte((byte)patch.Flags);
                stream.WriteByte((byte)(patch.Flags >> 8));
            }

            File.SetLastWriteTimeUtc(temporary, File.GetLastWriteTimeUtc(source));
            File.SetAttributes(temporary, attributes);
            if (File.Exists(destination))
            {
                File.Replace(temporary, destination, null);
            }
            else
            {
                File.Move(temporary, destination);
            }
        }
        finally
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }
    }
}
