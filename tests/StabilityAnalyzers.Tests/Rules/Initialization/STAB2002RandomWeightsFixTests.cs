using StabilityAnalyzers.CodeFixes.Initialization;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Initialization;

public sealed class STAB2002RandomWeightsFixTests
{
    [Fact]
    public async Task Initialiser_that_fits_takes_the_place_of_the_constant() => await Verify.CodeFix<ModelGraphAnalyzer, STAB2002RandomWeightsFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear a = Linear(16, 32), b = Linear(32, 32), head = Linear(32, 4);

            public Net() : base("net")
            {
                RegisterComponents();
                foreach (var module in modules())
                {
                    if (module is Linear linear)
                    {
                        {|STAB2002:init.constant_(linear.weight, 0.1)|}; // all the same
                        init.zeros_(linear.bias);
                    }
                }
            }

            public override Tensor forward(Tensor x) => head.call(functional.relu(b.call(functional.relu(a.call(x)))));
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear a = Linear(16, 32), b = Linear(32, 32), head = Linear(32, 4);

            public Net() : base("net")
            {
                RegisterComponents();
                foreach (var module in modules())
                {
                    if (module is Linear linear)
                    {
                        init.kaiming_uniform_(linear.weight, nonlinearity: init.NonlinearityType.ReLU); // all the same
                        init.zeros_(linear.bias);
                    }
                }
            }

            public override Tensor forward(Tensor x) => head.call(functional.relu(b.call(functional.relu(a.call(x)))));
        }
        """,
        "STAB2002:best",
        "Initialise with He for relu (gradient at 'a': 0.35)");

    [Fact]
    public async Task Call_is_removed() => await Verify.CodeFix<ModelGraphAnalyzer, STAB2002RandomWeightsFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear a = Linear(16, 32), b = Linear(32, 32), head = Linear(32, 4);

            public Net() : base("net")
            {
                RegisterComponents();
                {|STAB2002:init.zeros_(a.weight)|};
                init.zeros_(a.bias);
            }

            public override Tensor forward(Tensor x) => head.call(functional.relu(b.call(functional.relu(a.call(x)))));
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear a = Linear(16, 32), b = Linear(32, 32), head = Linear(32, 4);

            public Net() : base("net")
            {
                RegisterComponents();
                init.zeros_(a.bias);
            }

            public override Tensor forward(Tensor x) => head.call(functional.relu(b.call(functional.relu(a.call(x)))));
        }
        """,
        "STAB2002:Default");

    [Fact]
    public async Task Call_that_is_a_branch_of_its_own_is_not_removed()
    {
        const string Code = """
            class Net : Module<Tensor, Tensor>
            {
                private readonly Linear a = Linear(16, 32), b = Linear(32, 32), head = Linear(32, 4);

                public Net() : base("net")
                {
                    RegisterComponents();
                    foreach (var module in modules())
                    {
                        if (module is Linear linear) init.constant_(linear.weight, 0.1);
                    }
                }

                public override Tensor forward(Tensor x) => head.call(functional.relu(b.call(functional.relu(a.call(x)))));
            }
            """;
        var diagnostics = (await Driver.Diagnostics(Code, new ModelGraphAnalyzer())).Where(diagnostic => diagnostic.Id == "STAB2002");
        Assert.Equal(["STAB2002:best"], (await FixRunner.ApplyEach(Code, diagnostics)).Select(fix => fix.Key));
    }
}
