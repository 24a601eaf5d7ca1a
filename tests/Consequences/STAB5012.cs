using TorchSharp;
using static TorchSharp.torch;

namespace Consequences;

/// <summary>What a caller gets from a method that disposes of what it returns.</summary>
internal static class STAB5012
{
    public static void Run()
    {
        Console.WriteLine("| the method | the caller's `ToSingle()` |");
        Console.WriteLine("|---|---|");
        Report("`using var t = ...; return t;`", () =>
        {
            using var t = ones(3).sum();
            return t;
        });
        Report("`using var t = ...; return t.MoveToOuterDisposeScope();`", () =>
        {
            using var t = ones(3).sum();
            return t.MoveToOuterDisposeScope();
        });
        Report("`using var t = ...; return t.add_(1);`", () =>
        {
            using var t = ones(3).sum();
            return t.add_(1);
        });
        Report("`using var t = ...; return t.view(1);`", () =>
        {
            using var t = ones(3).sum();
            return t.view(1);
        });
        Report("`using var scope = NewDisposeScope(); ... return a + b;`", () =>
        {
            using var scope = NewDisposeScope();
            return ones(3).sum() + 1;
        });
        Report("`using var scope = NewDisposeScope(); ... return (a + b).MoveToOuterDisposeScope();`", () =>
        {
            using var scope = NewDisposeScope();
            return (ones(3).sum() + 1).MoveToOuterDisposeScope();
        });
    }

    private static void Report(string name, Func<Tensor> method)
    {
        string got;
        try
        {
            got = method().ToSingle().ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception exception)
        {
            got = $"{exception.GetType().Name}: {exception.Message}";
        }

        Console.WriteLine($"| {name} | {got} |");
    }
}
