using System.Diagnostics;

namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>
/// A file system of its own, in memory and of a given size, to fill up or to make read-only. Needs Linux and the right to
/// mount: tests often run as root, where permission bits stop nobody, and this stops everybody.
/// </summary>
internal sealed class SmallDevice : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmallDevice(int kilobytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux to mount a small device");
        Assert.SkipUnless(
            TryMount("-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", _folder.Path), "needs the right to mount a small device");
    }

    public string File(string name = "run.stability.db") => _folder.File(name);

    public void MakeReadOnly() => Assert.True(TryMount("-o", "remount,ro", _folder.Path));

    public void Dispose()
    {
        Run("umount", "-l", _folder.Path);
        _folder.Dispose();
    }

    private static bool TryMount(params string[] arguments) => Run("mount", arguments);

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
