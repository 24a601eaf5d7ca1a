namespace StabilityAnalyzers.Tests.EditingSession;

/// <summary>What somebody sees who types, fixes and takes back, document by document.</summary>
public sealed class EditingSessionTests
{
    private const string Model = """
        namespace Models;

        public class Classifier : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> fc0 = Linear(64, 64);
            private readonly Module<Tensor, Tensor> fc1 = Linear(64, 64);
            private readonly Module<Tensor, Tensor> fc2 = Linear(64, 64);
            private readonly Module<Tensor, Tensor> fc3 = Linear(64, 64);
            private readonly Module<Tensor, Tensor> fc4 = Linear(64, 64);
            private readonly Module<Tensor, Tensor> fc5 = Linear(64, 64);
            private readonly Module<Tensor, Tensor> fc6 = Linear(64, 64);
            private readonly Module<Tensor, Tensor> fc7 = Linear(64, 64);
            private readonly Module<Tensor, Tensor> head = Linear(64, 10);

            public Classifier() : base("classifier")
        {
            RegisterComponents();
        }

            public override Tensor forward(Tensor x)
            {
                x = sigmoid(fc0.call(x));
                x = sigmoid(fc1.call(x));
                x = sigmoid(fc2.call(x));
                x = sigmoid(fc3.call(x));
                x = sigmoid(fc4.call(x));
                x = sigmoid(fc5.call(x));
                x = sigmoid(fc6.call(x));
                x = sigmoid(fc7.call(x));
                return head.call(x);
            }
        }

        public class Forecaster : Module<Tensor, Tensor>
        {
            public readonly LSTM lstm = LSTM(1, 32);
            private readonly Module<Tensor, Tensor> head = Linear(32, 1);

            public Forecaster() : base("forecaster") => RegisterComponents();

            public override Tensor forward(Tensor x)
            {
                var (output, _, _) = lstm.call(x);
                return head.call(output[-1]);
            }
        }

        """;

    private const string Trainer = """
        using Models;

        var lstm = LSTM(1, 32);
        var optimizer = optim.SGD(lstm.parameters(), learningRate: 0.1);
        for (var step = 0; step < 100; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var (output, _, _) = lstm.call(randn(50, 16, 1));
            output.square().mean().backward();
            optimizer.step();
        }

        var classifier = new Classifier();
        classifier.call(randn(16, 64));

        """;

    private static readonly (string, int)[] s_inModel = [("STAB1001", 5)];
    private static readonly (string, int)[] s_inTrainer = [("STAB3001", 11)];

    [Fact]
    public async Task Open_documents_show_what_the_build_reports()
    {
        using var editor = new Editor(Model, Trainer);
        Assert.Equal(s_inModel, await editor.Diagnostics(editor.Model));
        Assert.Equal(s_inTrainer, await editor.Diagnostics(editor.Trainer));
        await AtRest(editor);
    }

    [Fact]
    public async Task Diagnostics_move_with_the_lines_and_vanish_with_the_fault()
    {
        using var editor = new Editor(Model, Trainer);
        await editor.Edit(editor.Model, text => "// one\n// two\n" + text);
        Assert.Equal([("STAB1001", 7)], await editor.Diagnostics(editor.Model));

        await editor.Edit(editor.Model, text => text.Replace("sigmoid(", "functional.relu(", StringComparison.Ordinal));
        Assert.DoesNotContain(await editor.Diagnostics(editor.Model), found => found.Id == "STAB1001");
        await AtRest(editor);

        editor.Undo();
        Assert.Equal([("STAB1001", 7)], await editor.Diagnostics(editor.Model));
        editor.Undo();
        Assert.Equal(s_inModel, await editor.Diagnostics(editor.Model));
        Assert.Equal(s_inTrainer, await editor.Diagnostics(editor.Trainer));
        await AtRest(editor);
    }

    [Fact]
    public async Task Fix_is_applied_and_taken_back()
    {
        using var editor = new Editor(Model, Trainer);
        await editor.ApplyFix(editor.Model, "STAB1001");
        Assert.DoesNotContain(await editor.Diagnostics(editor.Model), found => found.Id == "STAB1001");
        await editor.ApplyFix(editor.Trainer, "STAB3001");
        Assert.Empty(await editor.Diagnostics(editor.Trainer));
        await AtRest(editor);

        editor.Undo();
        editor.Undo();
        Assert.Equal(s_inModel, await editor.Diagnostics(editor.Model));
        Assert.Equal(s_inTrainer, await editor.Diagnostics(editor.Trainer));
        await AtRest(editor);
    }

    [Fact]
    public async Task Program_that_trains_a_model_of_another_project_says_the_same_in_the_editor_and_in_the_build()
    {
        var trainer = Trainer.Replace("var lstm = LSTM(1, 32);", "var lstm = new Forecaster();", StringComparison.Ordinal)
            .Replace("var (output, _, _) = lstm.call(randn(50, 16, 1));", "var output = lstm.call(randn(50, 16, 1));", StringComparison.Ordinal);
        using var editor = new Editor(Model, trainer);
        await AtRest(editor);

        await editor.Edit(editor.Model, text => text.Replace("LSTM(1, 32)", "LSTM(1, 32, numLayers: 2)", StringComparison.Ordinal));
        await AtRest(editor);
    }

    [Fact]
    public async Task Model_typed_character_by_character_ends_with_its_diagnostics()
    {
        using var editor = new Editor("", Trainer);
        for (var length = 1; length < Model.Length; length++)
        {
            // Every seventh character, and each at which a member or a statement ends or begins.
            if (length % 7 == 0 || Model[length - 1] is ';' or '}' or '{' or '(' or '.')
            {
                editor.Edit(editor.Model, Model[..length]);
                await editor.Diagnostics(editor.Model);
            }
        }

        editor.Edit(editor.Model, Model);
        Assert.Equal(s_inModel, await editor.Diagnostics(editor.Model));
        await AtRest(editor);
    }

    private static async Task AtRest(Editor editor)
    {
        foreach (var document in new[] { editor.Model, editor.Trainer })
        {
            Assert.Equal(await editor.Build(document), await editor.Diagnostics(document));
        }
    }
}
