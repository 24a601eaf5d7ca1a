using System.Globalization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>Training with an evaluation after each epoch, in which gradients are switched off and, or not, on again.</summary>
internal static class STAB5005
{
    private const int Epochs = 5;

    public static void Run()
    {
        Console.WriteLine("| evaluation | epochs trained of 5 | gradients at the end | what happened |");
        Console.WriteLine("|---|---|---|---|");
        Report("using (no_grad())", () => { using (no_grad()) { } });
        Report("no_grad()", () => no_grad());
        Report("inference_mode()", () => inference_mode());
    }

    private static void Report(string name, Action evaluate)
    {
        // Each on a thread of its own: that is where the switch stays.
        var trained = 0;
        var (end, what) = (true, "");
        var thread = new Thread(() =>
        {
            try
            {
                for (; trained < Epochs; trained++)
                {
                    using var model = Linear(2, 1);
                    model.call(ones(8, 2)).sum().backward();
                    evaluate();
                }
            }
            catch (Exception exception)
            {
                what = exception.Message.Split('\n')[0];
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            end = is_grad_enabled();
        });
        thread.Start();
        thread.Join();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| `{name}` | {trained} | {(end ? "on" : "off, also after a garbage collection")} | {what} |"));
    }
}
