namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

/// <summary>Training loops around the lines that a test is about.</summary>
internal static class Loops
{
    /// <summary>A model and data.</summary>
    public const string Models = """

        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear hidden = Linear(4, 16);
            private readonly Dropout drop = Dropout(0.5);
            private readonly Linear head = Linear(16, 1);
            public Net() : base("Net") { RegisterComponents(); }
            public Linear Head => head;
            public Dropout Drop => drop;
            public override Tensor forward(Tensor x) => head.call(drop.call(hidden.call(x).relu()));
        }

        static class Data
        {
            public static IEnumerable<(Tensor x, Tensor y)> Batches() { yield break; }
        }

        """;

    /// <summary>A loop over batches, with a model, its optimizer, and their loss.</summary>
    /// <param name="iteration">What is done for each batch <c>x, y</c>.</param>
    /// <param name="before">What comes between the optimizer and the loop.</param>
    /// <param name="after">What comes behind the loop.</param>
    /// <param name="more">Types beside the trainer, and members of it behind a line <c>---</c>.</param>
    public static string Of(string iteration, string before = "", string after = "", string more = "")
    {
        var parts = more.Split("---");
        return Models + parts[0] + $$"""

            class Trainer
            {
                void Train(bool flag, int count)
                {
                    var model = new Net();
                    var optimizer = optim.Adam(model.parameters());
                    {{before}}
                    foreach (var (x, y) in Data.Batches())
                    {
                        {{iteration}}
                    }
                    {{after}}
                }
                static Tensor Loss(Net model, Tensor x, Tensor y) => F.mse_loss(model.call(x), y);
                {{(parts.Length > 1 ? parts[1] : "")}}
            }
            """;
    }
}
