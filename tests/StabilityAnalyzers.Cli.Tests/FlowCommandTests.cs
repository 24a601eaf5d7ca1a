using System.Globalization;
using System.Text.Json;
using StabilityAnalyzers.Cli.Sources;
using StabilityAnalyzers.Cli.Tests.Kit;

namespace StabilityAnalyzers.Cli.Tests;

public sealed class FlowCommandTests : IDisposable
{
    private const string Models = """
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Some.Place;

        public class Deep : Module<Tensor, Tensor>
        {
            private readonly Linear fc0 = Linear(64, 64);
            private readonly Linear fc1 = Linear(64, 64);
            private readonly Linear head = Linear(64, 2);

            public Deep() : base("deep")
            {
                RegisterComponents();
            }

            public override Tensor forward(Tensor x) => head.call(torch.sigmoid(fc1.call(torch.sigmoid(fc0.call(x)))));
        }

        public class Odd : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(64, 64);
            private readonly Linear head = Linear(64, 2);

            public Odd() : base("odd")
            {
                RegisterComponents();
            }

            public override Tensor forward(Tensor x) => head.call(torch.cumsum(fc.call(x), 1));
        }
        """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Json_is_the_contract()
    {
        var path = _folder.Write("Models.cs", Models);
        var json = Tool.Run("flow", path, "--format", "json").Json();
        var models = json.GetProperty("models").EnumerateArray().ToArray();
        Assert.Equal(["Some.Place.Deep", "Some.Place.Odd"], models.Select(model => model.GetProperty("model").GetString()));

        var deep = models[0];
        Assert.True(deep.GetProperty("complete").GetBoolean());
        Assert.Empty(deep.GetProperty("unknown").EnumerateArray());
        var layers = deep.GetProperty("layers").EnumerateArray().ToArray();
        Assert.Equal(["fc0", "fc1", "head"], layers.Select(layer => layer.GetProperty("path").GetString()));
        Assert.All(layers, layer => Assert.Equal("Linear", layer.GetProperty("kind").GetString()));
        Assert.Equal(1, layers[2].GetProperty("depthFactor").GetDouble());
        Assert.Equal(1, layers[2].GetProperty("gradientRatio").GetDouble());
        Assert.InRange(layers[1].GetProperty("depthFactor").GetDouble(), 0.13, 0.15);
        Assert.InRange(layers[0].GetProperty("depthFactor").GetDouble(), 0.13 * 0.13, 0.15 * 0.15);
        Assert.InRange(layers[0].GetProperty("secondMoment").GetDouble(), 0.33, 0.35);
        Assert.EndsWith("Models.cs(10,35)", layers[0].GetProperty("location").GetString());

        var odd = models[1];
        Assert.False(odd.GetProperty("complete").GetBoolean());
        Assert.Equal(["'cumsum' is not modelled"], odd.GetProperty("unknown").EnumerateArray().Select(reason => reason.GetString()));
        var first = odd.GetProperty("layers").EnumerateArray().First();
        Assert.Equal(JsonValueKind.Null, first.GetProperty("depthFactor").ValueKind);
        Assert.Equal(JsonValueKind.Null, first.GetProperty("gradientRatio").ValueKind);

        Assert.Equal(2, json.GetProperty("coverage").GetProperty("classes").GetInt32());
        Assert.Equal(1, json.GetProperty("coverage").GetProperty("complete").GetInt32());
    }

    [Fact]
    public void Numbers_do_not_depend_on_the_culture()
    {
        var path = _folder.Write("Models.cs", Models);
        var invariant = Tool.Run("flow", path, "--model", "Deep");
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NumberGroupSeparator = "." } };
        try
        {
            Assert.Equal(invariant.Output, Tool.Run("flow", path, "--model", "Deep").Output);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Table_names_layers_and_reasons()
    {
        var path = _folder.Write("Models.cs", Models);
        var run = Tool.Run("flow", path);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Some.Place.Deep\n", run.Output);
        Assert.Contains("Some.Place.Odd (incomplete)", run.Output);
        Assert.Contains("fc0", run.Output);
        Assert.Contains("not understood: 'cumsum' is not modelled", run.Output);
        Assert.Contains("1 of 2 module classes are understood completely (50 %).", run.Output);
    }

    [Fact]
    public void Dot_draws_every_node()
    {
        var path = _folder.Write("Models.cs", Models);
        var run = Tool.Run("flow", path, "--format", "dot", "--model", "Some.Place.Odd");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("digraph \"Some.Place.Odd\" {", run.Output);
        Assert.Contains("n0 -> n1;", run.Output);
        Assert.Contains("unknown: 'cumsum' is not modelled", run.Output);
        Assert.EndsWith("}\n", run.Output);
    }

    [Fact]
    public void A_file_may_be_a_program_with_a_package_directive()
    {
        var path = _folder.Write("program.cs", """
            #:package TorchSharp@0.107.0
            using static TorchSharp.torch.nn;

            var model = Sequential(("a", Linear(8, 8)), ("t", Tanh()), ("b", Linear(8, 8)));
            Console.WriteLine(model.GetName());
            """);
        var json = Tool.Run("flow", path, "--format", "json").Json();
        var model = Assert.Single(json.GetProperty("models").EnumerateArray());
        Assert.Equal(2, model.GetProperty("layers").GetArrayLength());
        Assert.Equal(0, json.GetProperty("coverage").GetProperty("classes").GetInt32());
    }

    [Fact]
    public void A_folder_of_files_is_one_program()
    {
        _folder.Write("Net.cs", """
            using TorchSharp;
            using static TorchSharp.torch;
            using static TorchSharp.torch.nn;

            public class Net : Module<Tensor, Tensor>
            {
                private readonly Block block = new Block(8);
                public Net() : base("n") { RegisterComponents(); }
                public override Tensor forward(Tensor x) => block.call(x);
            }
            """);
        _folder.Write("inner/Block.cs", """
            using TorchSharp;
            using TorchSharp.Modules;
            using static TorchSharp.torch;
            using static TorchSharp.torch.nn;

            public class Block : Module<Tensor, Tensor>
            {
                private readonly Linear fc;
                public Block(int width) : base("b") { fc = Linear(width, width); RegisterComponents(); }
                public override Tensor forward(Tensor x) => fc.call(x);
            }
            """);
        _folder.Write("bin/Old.cs", "this is no C#");
        var run = Tool.Run("flow", _folder.Path, "--format", "json", "--model", "Net");
        var layer = Assert.Single(Assert.Single(run.Json().GetProperty("models").EnumerateArray()).GetProperty("layers").EnumerateArray());
        Assert.Equal("block.fc", layer.GetProperty("path").GetString());
        Assert.Empty(run.Errors);
    }

    [Fact]
    public void A_project_that_was_never_restored_is_read()
    {
        _folder.Write("Models.cs", Models);
        _folder.Write("Directory.Build.props", "<Project />");
        var project = _folder.Write("Models.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFrameworks>net10.0;netstandard2.0</TargetFrameworks>
                <LangVersion>latest</LangVersion>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <Reference Include="TorchSharp" HintPath="{Assemblies.TorchSharpInCache()}" />
              </ItemGroup>
            </Project>
            """);
        var json = Tool.Run("flow", project, "--format", "json", "--model", "Some.Place.Deep").Json();
        Assert.True(Assert.Single(json.GetProperty("models").EnumerateArray()).GetProperty("complete").GetBoolean());
        Assert.Empty(Directory.GetFiles(_folder.Path, "Models.dll", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_broken_project_is_an_error()
    {
        var unreadable = _folder.Write("Unreadable.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup>");
        var missing = _folder.Write("Missing.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <Import Project="Nowhere.props" />
            </Project>
            """);
        foreach (var path in new[] { unreadable, missing })
        {
            var run = Tool.Run("flow", path);
            Assert.Equal(2, run.ExitCode);
            Assert.Empty(run.Output);
            Assert.Contains(Path.GetFileName(path), run.Errors);
            Assert.Contains("cannot be", run.Errors);
        }
    }

    [Fact]
    public void What_cannot_be_read_is_named()
    {
        var code = _folder.Write("Models.cs", Models);
        var damaged = _folder.Write("TorchSharp.dll", "MZ, and nothing else");
        foreach (var (arguments, expected) in new (string[], string)[]
        {
            (["flow"], "Required argument missing"),
            (["flow", "Nowhere.cs"], "'Nowhere.cs' does not exist"),
            (["flow", damaged], "neither a C# project nor a C# file"),
            (["flow", code, "--reference", "Nowhere.dll"], "'Nowhere.dll' does not exist"),
            (["flow", code, "--reference", damaged], "damaged"),
            (["flow", code, "--reference", damaged, "--format", "xml"], "xml"),
            (["flow", _folder.Write("empty/readme.txt", "")[..^"/readme.txt".Length]], "there is neither"),
        })
        {
            var run = Tool.Run(arguments);
            Assert.Equal(2, run.ExitCode);
            Assert.Empty(run.Output);
            Assert.Contains(expected, run.Errors);
        }
    }

    [Fact]
    public void A_model_that_is_not_there_is_said()
    {
        var path = _folder.Write("Models.cs", Models);
        var run = Tool.Run("flow", path, "--model", "Nobody");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("there is no model 'Nobody' here", run.Errors);
        Assert.Empty(Tool.Run("flow", path, "--model", "Nobody", "--format", "json").Json(exitCode: 1).GetProperty("models").EnumerateArray());
    }

    [Fact]
    public void Code_that_does_not_compile_is_read_as_far_as_it_goes()
    {
        var path = _folder.Write("Models.cs", Models.Replace("torch.cumsum(fc.call(x), 1)", "fc.call(y)"));
        var run = Tool.Run("flow", path, "--format", "json");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 compile errors", run.Errors);
        Assert.True(run.Json().GetProperty("models")[0].GetProperty("complete").GetBoolean());
        Assert.False(run.Json().GetProperty("models")[1].GetProperty("complete").GetBoolean());
    }

    [Fact]
    public void Help_says_how_it_ends()
    {
        var run = Tool.Run("flow", "--help");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Exit codes: 0 printed; 1 there is no such model; 2 the source could not be read.", run.Output);
    }

    public void Dispose() => _folder.Dispose();
}
