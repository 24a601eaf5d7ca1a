using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>Finds the models whose parameters an optimizer was given.</summary>
internal sealed class TrainedModels
{
    private const int Budget = 64;

    private readonly TorchSharpSymbols _symbols;
    private readonly ValueOrigins _origins;
    private readonly CancellationToken _cancellation;

    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="origins">How values are followed.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public TrainedModels(TorchSharpSymbols symbols, ValueOrigins origins, CancellationToken cancellation)
    {
        _symbols = symbols;
        _origins = origins;
        _cancellation = cancellation;
    }

    /// <summary>
    /// The calls of <c>parameters()</c> whose results the optimizer was made with: one for each model that it trains.
    /// Default when that is not wholly known, or when the optimizer is not one of TorchSharp's own that steps by itself.
    /// </summary>
    public ImmutableArray<IInvocationOperation> Of(IOperation? optimizer)
    {
        var found = ImmutableArray.CreateBuilder<IInvocationOperation>();
        var creations = _origins.Of(optimizer, _cancellation);
        if (creations.IsDefaultOrEmpty)
        {
            return default;
        }

        foreach (var creation in creations)
        {
            if (_symbols.OptimizerOf(creation.Type) is not { NeedsClosure: false }
                || ParametersOf(creation) is not { } parameters
                || !TryAddSources(parameters, found))
            {
                return default;
            }
        }

        return found.ToImmutable();
    }

    /// <summary>The calls of <c>parameters()</c> that a sequence of parameters comes from. Default when that is not wholly known.</summary>
    public ImmutableArray<IInvocationOperation> OfParameters(IOperation? parameters)
    {
        var found = ImmutableArray.CreateBuilder<IInvocationOperation>();
        return parameters is not null && TryAddSources(parameters, found) ? found.ToImmutable() : default;
    }

    /// <summary>
    /// False only when a call of <c>clip_grad_norm_</c> or <c>clip_grad_value_</c> is known to clip other models than
    /// those of <paramref name="trained"/>.
    /// </summary>
    public bool Concerns(IOperation clip, ImmutableArray<IInvocationOperation> trained)
    {
        var clipped = OfParameters((clip as IInvocationOperation)?.Arguments.ArgumentFor(ClippingCatalog.TensorsParameter));
        return clipped.IsDefault || clipped.Any(c => trained.Any(t => MayShare(c.Instance.Unwrap(), t.Instance.Unwrap())));
    }

    // False for two variables that hold different models, neither of which is a part of the other.
    private bool MayShare(IOperation? one, IOperation? other)
    {
        if (one.ReferredSymbol() is not { } a || other.ReferredSymbol() is not { } b)
        {
            return true;
        }

        var aliasesOfOne = _origins.AliasesOf(a, _cancellation);
        var aliasesOfOther = _origins.AliasesOf(b, _cancellation);
        return IsPart(one, aliasesOfOne)
            || IsPart(other, aliasesOfOther)
            || aliasesOfOne.Intersect(aliasesOfOther, SymbolEqualityComparer.Default).Any()
            || MayHold(one, aliasesOfOther)
            || MayHold(other, aliasesOfOne);
    }

    // A parameter, of which any model may come, a member of a model, or one of some other object.
    private bool IsPart(IOperation? model, ImmutableArray<ISymbol> aliases) =>
        model is IMemberReferenceOperation { Instance: not (null or IInstanceReferenceOperation) }
        || aliases.Any(alias => alias is IParameterSymbol || _symbols.IsModule(alias.ContainingType));

    // Sequential(encoder, decoder), new Gan(generator, critic)
    private bool MayHold(IOperation? model, ImmutableArray<ISymbol> parts) =>
        _origins.Of(model, _cancellation) is not { IsDefaultOrEmpty: false } made
        || made.Any(creation => creation.Descendants().Any(inner =>
            inner.ReferredSymbol() is { } symbol && parts.Contains(symbol, SymbolEqualityComparer.Default)));

    private static IOperation? ParametersOf(IOperation creation) => creation switch
    {
        IInvocationOperation invocation => ParametersArgument(invocation.Arguments),
        IObjectCreationOperation { Initializer: null } created => ParametersArgument(created.Arguments),
        _ => null,
    };

    private static IOperation? ParametersArgument(ImmutableArray<IArgumentOperation> arguments) =>
        OptimizerCatalog.ParametersParameters.Select(name => arguments.ArgumentFor(name)).FirstOrDefault(argument => argument is not null);

    private bool TryAddSources(IOperation parameters, ImmutableArray<IInvocationOperation>.Builder found)
    {
        var work = new Stack<IOperation>();
        work.Push(parameters);
        for (var spent = 0; work.Count > 0; spent++)
        {
            var origins = _origins.Of(work.Pop(), _cancellation);
            if (origins.IsDefaultOrEmpty || spent == Budget)
            {
                return false;
            }

            foreach (var origin in origins)
            {
                switch (origin)
                {
                    case IInvocationOperation call when IsParameters(call):
                        if (call.Arguments.Any(argument => argument.Value.ConstantValue is { HasValue: true, Value: false }))
                        {
                            return false;
                        }

                        found.Add(call);
                        break;

                    // a.parameters().ToArray(), a.parameters().Concat(b.parameters())
                    case IInvocationOperation { TargetMethod: { IsExtensionMethod: true, ContainingType.Name: "Enumerable" } linq } call
                        when linq.Name is "ToArray" or "ToList" or "AsEnumerable" or "Concat" or "Union":
                        foreach (var argument in call.Arguments)
                        {
                            work.Push(argument.Value);
                        }

                        break;

                    // new[] { new Adam.ParamGroup(a.parameters()), ... }
                    case IArrayCreationOperation { Initializer.ElementValues: var elements }:
                        foreach (var element in elements)
                        {
                            work.Push(element);
                        }

                        break;
                    case IObjectCreationOperation { Initializer: null, Type.Name: "ParamGroup" } group
                        when ParametersArgument(group.Arguments) is { } grouped:
                        work.Push(grouped);
                        break;
                    default:
                        return false;
                }
            }
        }

        return found.Count > 0;
    }

    private bool IsParameters(IInvocationOperation call) =>
        TorchSharpSymbols.IsMethod(call.TargetMethod, _symbols.Module, "parameters")
        || TorchSharpSymbols.IsMethod(call.TargetMethod, _symbols.Module, "named_parameters");
}
