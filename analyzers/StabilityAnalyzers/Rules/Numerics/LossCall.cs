using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>A loss that is computed: by a function, or by a module.</summary>
/// <param name="Kind">Which loss.</param>
/// <param name="Input">What the model gave.</param>
/// <param name="Target">What it should have given.</param>
/// <param name="Makers">
/// What decides on the loss: the call itself for a function, otherwise the expressions that make the module; empty where
/// only its class is known.
/// </param>
internal sealed record LossCall(LossKind Kind, IOperation Input, IOperation Target, ImmutableArray<IOperation> Makers)
{
    /// <summary>The loss that an invocation computes, or null.</summary>
    /// <param name="call">The invocation.</param>
    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="modules">Where modules are made.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static LossCall? Of(IInvocationOperation call, TorchSharpSymbols symbols, ModuleOrigins modules, CancellationToken cancellation)
    {
        if (symbols.LossOf(call.TargetMethod) is { } function)
        {
            return Create(function, call, ImmutableArray.Create<IOperation>(call));
        }

        // loss.call(output, target), whatever the type of the variable
        if (call is not { TargetMethod: { Name: "call" or "forward", Parameters.Length: 2 }, Instance: { } loss }
            || !(symbols.IsLoss(loss.Type) || IsModuleOfTwo(loss.Type, symbols)))
        {
            return null;
        }

        var makers = modules.Of(loss, cancellation);
        if (makers.IsEmpty)
        {
            return symbols.LossOf(loss.Type) is { } known ? Create(known, call, ImmutableArray<IOperation>.Empty) : null;
        }

        var kinds = makers.Select(maker => symbols.LossOf(maker.Type)).Distinct().ToList();
        return kinds is [{ } kind] ? Create(kind, call, makers) : null;
    }

    // Module<Tensor, Tensor, Tensor> criterion = CrossEntropyLoss();
    private static bool IsModuleOfTwo(ITypeSymbol? type, TorchSharpSymbols symbols) =>
        type is INamedTypeSymbol { Name: "Module", TypeArguments.Length: 3 } && symbols.IsModule(type);

    private static LossCall? Create(LossKind kind, IInvocationOperation call, ImmutableArray<IOperation> makers)
    {
        IOperation? input = null, target = null;
        foreach (var argument in call.Arguments)
        {
            switch (argument.Parameter?.Ordinal)
            {
                case 0:
                    input = argument.Value;
                    break;
                case 1:
                    target = argument.Value;
                    break;
            }
        }

        return input is null || target is null ? null : new LossCall(kind, input, target, makers);
    }
}
