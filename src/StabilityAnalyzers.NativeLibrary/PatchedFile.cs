namespace StabilityAnalyzers.NativeLibrary;

/// <summary>Writes a patched copy of a library.</summary>
internal static class PatchedFile
{
    /// <summary>
    /// Replaces a library by its patched form. It is a new file that is renamed over the old one, never a write into it: a hard
    /// link or a symbolic link to the package cache is replaced, and the cache stays as it is. Permissions and the time of
    /// modification stay, so that an incremental build does not copy the original back.
    /// </summary>
    /// <param name="path">The library.</param>
    /// <exception cref="IOException">It cannot be written, or something else is writing to it.</exception>
    internal static void Replace(string path) => Write(path, path, keepTime: true);

    /// <summary>
    /// Writes the patched form of a library to another path, in the same way. Its time of modification is now: whoever copies
    /// only what is newer then takes it in place of an original that was copied before. A file that has the content already
    /// is left as it is.
    /// </summary>
    /// <param name="path">The library.</param>
    /// <param name="patched">The content that the result has.</param>
    /// <param name="destination">Where the result goes; its folder is made if it does not exist.</param>
    /// <returns>Whether it was written.</returns>
    /// <exception cref="IOException">It cannot be written, or something else is writing to it.</exception>
    internal static bool Copy(string path, byte[] patched, string destination)
    {
        // Not as an extension: that of spans would be taken, and with it a dependency on System.Memory.
        if (File.Exists(destination) && Enumerable.SequenceEqual(File.ReadAllBytes(destination), patched))
        {
            return false;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(destination))!);
        Write(path, destination, keepTime: false);
        return true;
    }

    private static void Write(string source, string destination, bool keepTime)
    {
        var temporary = $"{destination}.{Guid.NewGuid():N}.tmp";
        try
        {
            // A copy, because that takes the permissions along, which netstandard2.0 cannot set.
            File.Copy(source, temporary);
            var modified = File.GetLastWriteTimeUtc(temporary);
            var attributes = File.GetAttributes(temporary);
            File.SetAttributes(temporary, attributes & ~FileAttributes.ReadOnly);
            Patch(temporary);
            File.SetLastWriteTimeUtc(temporary, keepTime ? modified : DateTime.UtcNow);
            File.SetAttributes(temporary, attributes);
            Rename(temporary, destination);
        }
        finally
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }
    }

    // The copy is looked at again: another build may have been at the source since it was looked at first.
    private static void Patch(string temporary)
    {
        var bytes = File.ReadAllBytes(temporary);
        var patch = WeakVersionPatch.For(bytes);
        switch (patch.State)
        {
            case PatchState.Needed:
                patch.Apply(bytes);
                using (var stream = new FileStream(temporary, FileMode.Open, FileAccess.Write, FileShare.None))
                {
                    stream.Position = patch.Offset;
                    stream.Write(bytes, patch.Offset, sizeof(ushort));
                }

                break;
            case PatchState.Impossible:
                throw new IOException("something else is writing to it");
        }
    }

    private static void Rename(string temporary, string destination)
    {
        if (!File.Exists(destination))
        {
            try
            {
                File.Move(temporary, destination);
                return;
            }
            catch (IOException) when (File.Exists(destination))
            {
                // Another build has made it meanwhile; its file is replaced by an equal one.
            }
        }

        File.Replace(temporary, destination, null);
    }
}
