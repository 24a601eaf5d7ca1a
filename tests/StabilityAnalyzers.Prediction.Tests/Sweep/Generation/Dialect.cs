namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>How a file spells the names of TorchSharp.</summary>
/// <param name="NN">Prefix of <c>torch.nn</c>'s members, its types included.</param>
/// <param name="Functional">Prefix of the functions.</param>
/// <param name="Init">Prefix of the initialisers.</param>
/// <param name="Torch">Prefix of <c>torch</c>'s own functions.</param>
/// <param name="CallsForward">True if modules are called through <c>forward</c>.</param>
/// <param name="FieldPrefix">What the names of fields start with.</param>
internal sealed record Dialect(string NN, string Functional, string Init, string Torch, bool CallsForward, string FieldPrefix)
{
    /// <summary>A random spelling.</summary>
    public static Dialect Random(Choice choice)
    {
        var nn = choice.Weighted((5, ""), (3, "nn."), (2, "torch.nn."));
        return new(
            nn,
            choice.Of(nn.Length == 0 ? "functional." : nn + "functional.", "F.", "nn.functional."),
            choice.Of(nn.Length == 0 ? "init." : nn + "init.", "nn.init.", "torch.nn.init."),
            choice.Of("torch.", ""),
            choice.Chance(0.6),
            choice.Of("", "_"));
    }

    /// <summary>The file with its names spelled out, and the using directives in front.</summary>
    /// <param name="code">Code with the marks that <see cref="Step"/> describes, without those of its constants.</param>
    public string Spell(string code)
    {
        var usings = """
            using System;
            using System.Collections.Generic;
            using System.Linq;
            using TorchSharp;
            using TorchSharp.Modules;
            using static TorchSharp.torch;

            """ + (NN.Length == 0 ? "using static TorchSharp.torch.nn;\n" : "") + "using F = TorchSharp.torch.nn.functional;\n";
        return usings + "\nnamespace Generated;\n\n" + code
            .Replace("@nn.", NN, StringComparison.Ordinal)
            .Replace("@f.", Functional, StringComparison.Ordinal)
            .Replace("@init.", Init, StringComparison.Ordinal)
            .Replace("@torch.", Torch, StringComparison.Ordinal);
    }
}
