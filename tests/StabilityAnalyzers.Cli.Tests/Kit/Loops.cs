namespace StabilityAnalyzers.Cli.Tests.Kit;

/// <summary>Code with one finding of severity Warning (STAB3001) in each of its methods.</summary>
internal static class Loops
{
    /// <summary>A class with a method for each name.</summary>
    public static string With(params string[] methods) => $$"""
        using TorchSharp;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Forecasting;

        public class Trainer
        {
        {{string.Join("\n", methods.Select(Method))}}
        }
        """;

    /// <summary>The documentation ID of a method.</summary>
    public static string Symbol(string method) => $"M:Forecasting.Trainer.{method}";

    private static string Method(string name) => $$"""
            public void {{name}}()
            {
                using var lstm = LSTM(1, 8);
                var optimizer = torch.optim.SGD(lstm.parameters(), 0.1);
                for (var i = 0; i < 10; i++)
                {
                    using var scope = NewDisposeScope();
                    optimizer.zero_grad();
                    lstm.call(randn(5, 4, 1)).Item1.square().mean().backward();
                    optimizer.step();
                }
            }
        """;
}
