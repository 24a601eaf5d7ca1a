namespace StabilityAnalyzers.NativeLibrary;

/// <summary>What there is to do about a copy of libLibTorchSharp.so.</summary>
internal enum PatchState
{
    /// <summary>It asks for the version and nothing uses it: the flag can be set.</summary>
    Needed,

    /// <summary>It does not ask for the version, or the flag is set already.</summary>
    NotNeeded,

    /// <summary>It is not what it is expected to be, and is left alone.</summary>
    Impossible,
}

/// <summary>
/// libLibTorchSharp.so of TorchSharp 0.107.0 asks for the version GLIBCXX_3.4.32 of libstdc++.so.6 because of one reference,
/// <c>std::ios_base_library_init()</c>, that no relocation uses. Where libstdc++ is older (Debian 12, Ubuntu 22.04, RHEL 9)
/// the loader refuses the library. With the flag VER_FLG_WEAK on that one requirement it loads, and runs as it should.
/// </summary>
internal sealed class WeakVersionPatch
{
    /// <summary>The version that older systems lack.</summary>
    internal const string Version = "GLIBCXX_3.4.32";

    /// <summary>The library that offers it.</summary>
    internal const string Library = "libstdc++.so.6";

    private const ushort WeakFlag = 0x2;

    private WeakVersionPatch(PatchState state, string reason, int offset = 0, ushort flags = 0)
    {
        State = state;
        Reason = reason;
        Offset = offset;
        Flags = flags;
    }

    /// <summary>What there is to do.</summary>
    internal PatchState State { get; }

    /// <summary>Why, in words for a person.</summary>
    internal string Reason { get; }

    /// <summary>Position of the two bytes to write.</summary>
    internal int Offset { get; }

    /// <summary>Their new value.</summary>
    internal ushort Flags { get; }

    /// <summary>Makes the change in the bytes that it was made from.</summary>
    internal void Apply(byte[] bytes)
    {
        bytes[Offset] = (byte)Flags;
        bytes[Offset + 1] = (byte)(Flags >> 8);
    }

    /// <summary>Looks at a library. Never throws, whatever the bytes are.</summary>
    /// <param name="bytes">The whole file.</param>
    internal static WeakVersionPatch For(byte[] bytes)
    {
        try
        {
            var image = new ElfImage(bytes);
            var requirements = SymbolVersioning.Requirements(image)
                .Where(candidate => candidate.Version == Version && candidate.Library == Library)
                .ToList();
            if (requirements.Count == 0)
            {
                return new(PatchState.NotNeeded, $"it does not ask for {Version}");
            }

            if (requirements.Count > 1)
            {
                return new(PatchState.Impossible, $"it asks for {Version} more than once");
            }

            var requirement = requirements[0];
            if ((requirement.Flags & WeakFlag) != 0)
            {
                return new(PatchState.NotNeeded, $"its need of {Version} is weak already");
            }

            var used = SymbolVersioning.UsedSymbols(image, requirement.Index);
            LoaderTables.RequireAgreement(image);
            return used.Count > 0
                ? new(PatchState.Impossible, $"it really uses {used[0]} of {Version}")
                : new(PatchState.Needed, $"it asks for {Version} and uses nothing of it", requirement.FlagsOffset, (ushort)(requirement.Flags | WeakFlag));
        }
        catch (ElfException exception)
        {
            return new(PatchState.Impossible, exception.Message);
        }
    }
}
