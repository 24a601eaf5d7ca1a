using System.Reflection;
using static TorchSharp.torch;

namespace Consequences;

/// <summary>What is left of a tensor after a statement that drops the result of an operator, and after its twin in place.</summary>
internal static class STAB5013
{
    public static void Run()
    {
        Console.WriteLine("| statement | the tensor afterwards |");
        Console.WriteLine("|---|---|");
        Report("x.to(float64)", x => x.to(float64));
        Report("x.to(float64, disposeAfter: true)", x => x.to(float64, disposeAfter: true));
        Report("x.clamp(0, 1)", x => x.clamp(0, 1));
        Report("x.clamp_(0, 1)", x => x.clamp_(0, 1));
        Report("x.view(3, 1)", x => x.view(3, 1));
        Console.WriteLine();
        Console.WriteLine(All());
    }

    private static Tensor Sample() => tensor(new[] { -0.5f, 0.25f, 2 });

    private static void Report(string name, Action<Tensor> statement)
    {
        using var x = Sample();
        statement(x);
        var left = x.IsInvalid ? "disposed of" : $"{x.dtype}, shape {string.Join(" x ", x.shape)}: {string.Join(", ", x.data<float>().ToArray())}";
        Console.WriteLine($"| `{name}` | {left} |");
    }

    // Every method that has a twin in place and can be called without an argument.
    private static string All()
    {
        var methods = typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Instance).Where(method => method.ReturnType == typeof(Tensor)).ToList();
        var names = methods.Select(method => method.Name).ToHashSet();
        var unchanged = 0;
        var changed = new List<string>();
        foreach (var method in methods.Where(m => m.GetParameters().Length == 0 && names.Contains(m.Name + "_")).OrderBy(m => m.Name))
        {
            using var x = Sample();
            try
            {
                ((Tensor)method.Invoke(x, null)!).Dispose();
            }
            catch (TargetInvocationException)
            {
                // Not defined for a number of this type.
                continue;
            }

            if (!x.IsInvalid && x.Equals(Sample()))
            {
                unchanged++;
            }
            else
            {
                changed.Add(method.Name);
            }
        }

        return $"{unchanged} methods with a twin in place and no argument leave the tensor as it is, {changed.Count} do not{(changed.Count == 0 ? "" : ": " + string.Join(", ", changed))}.";
    }
}
