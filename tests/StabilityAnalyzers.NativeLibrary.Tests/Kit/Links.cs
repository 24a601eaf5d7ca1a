using System.Runtime.InteropServices;

namespace StabilityAnalyzers.NativeLibrary.Tests.Kit;

/// <summary>Hard links, which the framework cannot make.</summary>
internal static partial class Links
{
    public static void Hard(string existing, string link)
    {
        if (Link(existing, link) != 0)
        {
            throw new IOException($"No hard link from {link} to {existing}: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int Link(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string existing,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string link);
}
