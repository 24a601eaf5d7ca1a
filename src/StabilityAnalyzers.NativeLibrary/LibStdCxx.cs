using System.Text;

namespace StabilityAnalyzers.NativeLibrary;

/// <summary>Finds the C++ runtime library that the loader of this system takes, and what versions it offers.</summary>
internal static class LibStdCxx
{
    private const string CacheFile = "/etc/ld.so.cache";
    private const string CacheMagic = "glibc-ld.so.cache1.1";
    private const int CacheHeaderSize = 48;
    private const int CacheEntrySize = 24;
    private const int LongestPath = 4096;

    private static readonly string[] UsualFolders =
    [
        "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib", "/lib",
    ];

    /// <summary>
    /// Whether the system's library lacks a version. False if it has it; true if it lacks it or no library can be found or
    /// read: a weak requirement harms nothing where the version exists.
    /// </summary>
    /// <param name="version">The version, for example <c>GLIBCXX_3.4.32</c>.</param>
    /// <param name="evidence">What the answer rests on.</param>
    internal static bool Lacks(string version, out string evidence) => Lacks(version, Candidates(), out evidence);

    /// <summary>The same for libraries at given paths, of which the first that can be read decides.</summary>
    internal static bool Lacks(string version, IEnumerable<string> candidates, out string evidence)
    {
        foreach (var path in candidates)
        {
            try
            {
                var definitions = SymbolVersioning.Definitions(new ElfImage(File.ReadAllBytes(path)));
                var has = definitions.Contains(version);
                evidence = $"{path} {(has ? "offers" : "lacks")} {version}";
                return !has;
            }
            catch (Exception exception) when (exception is ElfException or IOException or UnauthorizedAccessException)
            {
                // Another architecture's library, or one that cannot be read: the next candidate.
            }
        }

        evidence = $"no {WeakVersionPatch.Library} was found";
        return true;
    }

    private static IEnumerable<string> Candidates()
    {
        var folders = (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? string.Empty)
            .Split([':'], StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, WeakVersionPatch.Library));
        return folders.Concat(CachedPaths())
            .Concat(UsualFolders.Select(folder => Path.Combine(folder, WeakVersionPatch.Library)))
            .Where(File.Exists);
    }

    // The paths that the loader's own cache gives for the library, in its order of preference.
    private static IReadOnlyList<string> CachedPaths()
    {
        try
        {
            return ReadCache(File.ReadAllBytes(CacheFile));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Reads the cache of ldconfig (glibc, <c>sysdeps/generic/dl-cache.h</c>); empty if it is not understood.</summary>
    internal static IReadOnlyList<string> ReadCache(byte[] cache)
    {
        var paths = new List<string>();
        var start = Encoding.ASCII.GetString(cache).IndexOf(CacheMagic, StringComparison.Ordinal);
        if (start < 0 || start + CacheHeaderSize > cache.Length)
        {
            return paths;
        }

        var count = BitConverter.ToUInt32(cache, start + 20);
        for (long i = 0, at = start + CacheHeaderSize; i < count && at + CacheEntrySize <= cache.Length; i++, at += CacheEntrySize)
        {
            if (Text(cache, start + (long)BitConverter.ToUInt32(cache, (int)at + 4)) == WeakVersionPatch.Library
                && Text(cache, start + (long)BitConverter.ToUInt32(cache, (int)at + 8)) is { Length: > 0 } path)
            {
                paths.Add(path);
            }
        }

        return paths;
    }

    private static string? Text(byte[] cache, long at)
    {
        if (at >= cache.Length)
        {
            return null;
        }

        var end = Array.IndexOf(cache, (byte)0, (int)at, (int)Math.Min(LongestPath, cache.Length - at));
        return end < 0 ? null : Encoding.UTF8.GetString(cache, (int)at, end - (int)at);
    }
}
