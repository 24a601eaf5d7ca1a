using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using StabilityAnalyzers.NativeLibrary.Tests.Kit;
using Task = System.Threading.Tasks.Task;

namespace StabilityAnalyzers.NativeLibrary.Tests;

public sealed class FixLibTorchSharpTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly RecordingBuildEngine engine = new();
    private readonly byte[] original = new ElfFixture().Build().Bytes;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void FilesThatDoNotExistAreIgnored()
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, "folder.so"));
        var task = Run(always: true, null, Path.Combine(folder.Path, "missing.so"), Path.Combine(folder.Path, "folder.so"), " ");
        Assert.Empty(engine.Warnings);
        Assert.Empty(engine.Messages);
        Assert.Empty(task.Patched);
        Assert.Equal(["folder.so"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void AFileThatIsNoLibraryStaysAndIsWarnedOf()
    {
        var path = folder.Write([1, 2, 3], "libLibTorchSharp.so");
        var task = Run(always: true, null, path);
        IsWarned("it is no ELF file", path);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Empty(task.Patched);
        Assert.Empty(task.Replaced);
    }

    [Fact]
    public void ALibraryThatUsesTheVersionStaysAndIsWarnedOf()
    {
        var bytes = new ElfFixture { RelocationUsesSymbol = true }.Build().Bytes;
        var path = folder.Write(bytes, "libLibTorchSharp.so");
        Run(always: true, null, path);
        IsWarned("really uses _ZSt21ios_base_library_initv", path);
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public void ALibraryThatNeedsNothingStaysInSilence()
    {
        var bytes = new ElfFixture { Version = "GLIBCXX_3.4.29" }.Build().Bytes;
        var path = folder.Write(bytes, "libLibTorchSharp.so");
        Run(always: true, null, path);
        Assert.Empty(engine.Warnings);
        Assert.All(engine.Messages, message => Assert.Equal(MessageImportance.Low, message.Importance));
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public void ADestinationThatCannotBeWrittenIsWarnedOf()
    {
        var path = folder.Write(original, "libLibTorchSharp.so");
        var task = Run(always: true, folder.Write([], "a file"), path);
        Assert.Equal("STABNATIVE01", Assert.Single(engine.Warnings).Code);
        Assert.Equal(original, File.ReadAllBytes(path));
        Assert.Empty(task.Patched);
    }

    [Fact]
    public void NothingThatGoesWrongFailsABuild()
    {
        var task = new FixLibTorchSharp { BuildEngine = engine, Files = null!, Always = true };
        Assert.True(task.Execute());
        Assert.Equal("STABNATIVE01", Assert.Single(engine.Warnings).Code);
        Assert.Empty(engine.Errors);
    }

    [Fact]
    public void OneBadFileDoesNotKeepAnotherFromBeingFixed()
    {
        var bad = folder.Write([1], "bad", "libLibTorchSharp.so");
        var good = folder.Write(original, "good", "libLibTorchSharp.so");
        var task = Run(always: true, null, bad, good);
        Assert.Single(engine.Warnings);
        Assert.Equal(good, Assert.Single(task.Patched).ItemSpec);
        Assert.Equal(PatchState.NotNeeded, WeakVersionPatch.For(File.ReadAllBytes(good)).State);
    }

    [Fact]
    public void RandomDamageOnDiskIsEitherFixedByOneBitOrNotTouched()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var bytes = (byte[])original.Clone();
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var isNeeded = WeakVersionPatch.For(bytes).State == PatchState.Needed;
            var path = folder.Write(bytes, "libLibTorchSharp.so");
            Run(always: true, null, path);
            var after = File.ReadAllBytes(path);
            Assert.Equal(isNeeded ? 1 : 0, bytes.Zip(after).Count(pair => pair.First != pair.Second));
            Assert.Equal(bytes.Length, after.Length);
        }
    }

    [Fact]
    public void ALibraryIsFixedInPlaceAndAMessageSaysSo()
    {
        var path = folder.Write(original, "libLibTorchSharp.so");
        var task = Run(always: true, null, path);
        Assert.Empty(engine.Warnings);
        var message = Assert.Single(engine.Messages);
        Assert.Equal(MessageImportance.Normal, message.Importance);
        Assert.Contains(path, message.Message, StringComparison.Ordinal);
        Assert.Contains("GLIBCXX_3.4.32", message.Message, StringComparison.Ordinal);
        Assert.Equal(path, Assert.Single(task.Patched).ItemSpec);
        Assert.NotEqual(original, File.ReadAllBytes(path));

        var fixedBytes = File.ReadAllBytes(path);
        Run(always: true, null, path);
        Assert.Equal(fixedBytes, File.ReadAllBytes(path));
        Assert.Empty(engine.Warnings);
    }

    [Fact]
    public void WhatIsInTheDestinationAlreadyIsUsedAgainInSilence()
    {
        var path = folder.Write(original, "cache", "libLibTorchSharp.so");
        var first = Run(always: true, folder.At("obj"), path);
        Assert.Equal(MessageImportance.Normal, Assert.Single(engine.Messages).Importance);
        engine.Messages.Clear();

        var second = Run(always: true, folder.At("obj"), path);

        Assert.DoesNotContain(engine.Messages, message => message.Importance != MessageImportance.Low);
        Assert.Equal(Assert.Single(first.Patched).ItemSpec, Assert.Single(second.Patched).ItemSpec);
        Assert.Equal(path, Assert.Single(second.Replaced).ItemSpec);
    }

    [Fact]
    public async Task AFileThatAnotherBuildIsStillCopyingIsWaitedFor()
    {
        var path = folder.Write(original[..100], "libLibTorchSharp.so");
        var task = new FixLibTorchSharp { BuildEngine = engine, Files = [new TaskItem(path)], Always = true, Patience = TimeSpan.FromSeconds(1) };
        var fix = Task.Run(task.Execute);
        await Task.Delay(200);
        File.WriteAllBytes(path, original);
        Assert.True(await fix);
        Assert.Empty(engine.Warnings);
        Assert.Equal(PatchState.NotNeeded, WeakVersionPatch.For(File.ReadAllBytes(path)).State);
    }

    [Fact]
    public void InADestinationEachFileHasAPlaceAndKeepsItsMetadata()
    {
        var items = new[] { "first", "second" }
            .Select(name => new TaskItem(folder.Write(original, name, "libLibTorchSharp.so"), new Dictionary<string, string>
            {
                ["RelativePath"] = $"runtimes/{name}/libLibTorchSharp.so",
                ["CopyToPublishDirectory"] = "PreserveNewest",
            }))
            .ToArray();
        var task = new FixLibTorchSharp { BuildEngine = engine, Files = items, Always = true, DestinationFolder = Path.Combine(folder.Path, "obj") };

        Assert.True(task.Execute());

        Assert.Empty(engine.Warnings);
        Assert.Equal(items.Select(item => item.ItemSpec), task.Replaced.Select(item => item.ItemSpec));
        Assert.Equal(2, task.Patched.Select(item => item.ItemSpec).Distinct().Count());
        Assert.Equal(items.Select(item => item.GetMetadata("RelativePath")), task.Patched.Select(item => item.GetMetadata("RelativePath")));
        Assert.All(task.Patched, item => Assert.Equal("PreserveNewest", item.GetMetadata("CopyToPublishDirectory")));
        Assert.All(task.Patched, item => Assert.Equal("libLibTorchSharp.so", Path.GetFileName(item.ItemSpec)));
        Assert.All(task.Patched, item => Assert.Equal(PatchState.NotNeeded, WeakVersionPatch.For(File.ReadAllBytes(item.ItemSpec)).State));
        Assert.All(items, item => Assert.Equal(original, File.ReadAllBytes(item.ItemSpec)));
    }

    [Fact]
    public void ALibraryIsFixedExactlyWhereThisSystemLacksTheVersion()
    {
        var path = folder.Write(original, "libLibTorchSharp.so");
        var lacks = LibStdCxx.Lacks(WeakVersionPatch.Version, out _);
        var task = Run(always: false, null, path);
        Assert.Equal(lacks, task.Patched.Length == 1);
        Assert.Equal(!lacks, original.SequenceEqual(File.ReadAllBytes(path)));
    }

    private FixLibTorchSharp Run(bool always, string? destination, params string[] paths)
    {
        var task = new FixLibTorchSharp
        {
            BuildEngine = engine,
            Files = paths.Select(path => new TaskItem(path)).ToArray<ITaskItem>(),
            Always = always,
            DestinationFolder = destination,
            Patience = TimeSpan.Zero,
        };
        Assert.True(task.Execute());
        Assert.Empty(engine.Errors);
        return task;
    }

    private void IsWarned(string reason, string path)
    {
        var warning = Assert.Single(engine.Warnings);
        Assert.Equal("STABNATIVE01", warning.Code);
        Assert.Equal(path, warning.File);
        Assert.Contains(reason, warning.Message, StringComparison.Ordinal);
        Assert.Contains("StabilityFixNativeLibrary=false", warning.Message, StringComparison.Ordinal);
    }
}
