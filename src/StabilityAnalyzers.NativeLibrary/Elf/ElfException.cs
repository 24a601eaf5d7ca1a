namespace StabilityAnalyzers.NativeLibrary;

/// <summary>A file that is not the 64-bit little-endian ELF file that was expected; the message says why.</summary>
internal sealed class ElfException(string message) : Exception(message);
