namespace StabilityAnalyzers.Tests.Kit;

/// <summary>The using directives that TorchSharp code usually has, so that a test shows only what it is about.</summary>
internal static class Prelude
{
    /// <summary>The path of the document that holds the usings.</summary>
    public const string Path = "/0/Usings.cs";

    /// <summary>The usings, global so that the code under test may have its own.</summary>
    public const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;
        global using TorchSharp;
        global using TorchSharp.Modules;
        global using static TorchSharp.torch;
        global using static TorchSharp.torch.nn;
        global using F = TorchSharp.torch.nn.functional;

        """;
}
