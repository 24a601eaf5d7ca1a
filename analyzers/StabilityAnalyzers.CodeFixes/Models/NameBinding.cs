using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>The shortest names that mean a TorchSharp type at a place in the code, with the usings that are there.</summary>
/// <param name="model">The semantic model of the document.</param>
/// <param name="position">The place.</param>
internal sealed class NameBinding(SemanticModel model, int position)
{
    /// <summary>The class <c>torch.nn.init</c>.</summary>
    public string Init => Shortest("TorchSharp.torch+nn+init", "init", "nn.init", "torch.nn.init");

    /// <summary>The method <c>torch.no_grad</c>.</summary>
    public string NoGrad =>
        model.LookupSymbols(position, name: "no_grad") is [IMethodSymbol method, ..] && method.ContainingType.ToDisplayString() == "TorchSharp.torch"
            ? "no_grad"
            : Shortest("TorchSharp.torch", "torch") + ".no_grad";

    /// <summary>The class <c>torch.nn</c>.</summary>
    public string NN => Shortest("TorchSharp.torch+nn", "nn", "torch.nn");

    /// <summary>The class <c>torch.nn.functional</c>.</summary>
    public string Functional => Shortest("TorchSharp.torch+nn+functional", "functional", "nn.functional", "torch.nn.functional");

    /// <summary>The class <c>System.Math</c>.</summary>
    public string Math => Shortest("System.Math", "Math");

    /// <summary>A layer's class.</summary>
    /// <param name="name">Its simple name.</param>
    public string Layer(string name) => Shortest("TorchSharp.Modules." + name, name, "Modules." + name);

    /// <summary>Names for variables that nothing in the member uses.</summary>
    /// <param name="member">The member.</param>
    /// <param name="wanted">The name that is wanted.</param>
    public static string FreeName(SyntaxNode member, string wanted)
    {
        var used = new HashSet<string>(member.DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken)).Select(token => token.ValueText));
        var name = wanted;
        for (var i = 2; used.Contains(name); i++)
        {
            name = wanted + i;
        }

        return name;
    }

    private string Shortest(string metadataName, params string[] candidates)
    {
        var wanted = model.Compilation.GetTypeByMetadataName(metadataName);
        foreach (var candidate in candidates)
        {
            var name = SyntaxFactory.ParseTypeName(candidate);
            var found = model.GetSpeculativeSymbolInfo(position, name, SpeculativeBindingOption.BindAsTypeOrNamespace).Symbol;
            if (wanted is not null && SymbolEqualityComparer.Default.Equals(found, wanted)
                && model.LookupSymbols(position, name: candidate.Split('.')[0]).All(symbol => symbol is INamespaceOrTypeSymbol or IMethodSymbol))
            {
                return candidate;
            }
        }

        return metadataName.Replace('+', '.');
    }
}
