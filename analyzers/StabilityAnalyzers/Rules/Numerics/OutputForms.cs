using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>
/// Finds the form of a tensor: follows it through locals, parameters, the user's own methods and what only moves
/// elements, into the <c>forward</c> of a model and to the last layer of a <c>Sequential</c>. Known only where all ways
/// lead to the same form; a value that only training or only evaluation has is not among them.
/// </summary>
internal sealed class OutputForms
{
    private const int Budget = 256;

    private readonly TorchSharpSymbols _symbols;
    private readonly SourceIndex _source;
    private readonly ModuleOrigins _modules;

    /// <param name="symbols">The symbols of the compilation.</param>
    public OutputForms(TorchSharpSymbols symbols)
    {
        _symbols = symbols;
        _source = SourceIndex.Of(symbols.Compilation);
        _modules = new ModuleOrigins(symbols);
    }

    /// <summary>The form of a tensor, or null when it has none or that is not known.</summary>
    /// <param name="tensor">The expression.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public Output? Of(IOperation? tensor, CancellationToken cancellation)
    {
        OutputForm? form = null;
        var sources = ImmutableArray.CreateBuilder<IOperation>();
        var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        var work = new Stack<Step>();
        work.Push(new Step(tensor, null));
        for (var spent = 0; work.Count > 0; spent++)
        {
            cancellation.ThrowIfCancellationRequested();
            var step = work.Pop();
            if (spent == Budget || step.Operation.Unwrap() is not { } operation)
            {
                return null;
            }

            if (step.Element is null && step.Module?.Element is null && (step.Module is null ? FormOf(operation) : FormOfLayer(operation)) is { } found)
            {
                if (form is not null && form != found)
                {
                    return null;
                }

                form = found;
                sources.Add(step.Module is not null && !step.Module.IsInside ? step.Module.Call : operation);
            }
            else if (!(step.Element is { } element ? TryFollowElement(operation, element, work, seen, cancellation)
                : step.Module is null ? TryFollow(operation, work, seen, cancellation)
                : TryEnter(operation, step.Module, work, seen, cancellation)))
            {
                return null;
            }
        }

        return form is { } known ? new Output(known, sources.ToImmutable()) : null;
    }

    /// <summary>The form that a function of TorchSharp gives its result, or null.</summary>
    public OutputForm? FormOf(IOperation operation) =>
        operation is IInvocationOperation call
        && _symbols.IsTensorFunction(call.TargetMethod)
        && OutputCatalog.Functions.TryGetValue(call.TargetMethod.Name, out var form)
            ? form
            : null;

    private OutputForm? FormOfLayer(IOperation creation) =>
        _symbols.LayerOf(creation.Type) is { } layer && OutputCatalog.Layers.TryGetValue(layer.Name, out var form) ? form : null;

    private bool TryFollow(IOperation operation, Stack<Step> work, HashSet<ISymbol> seen, CancellationToken cancellation)
    {
        switch (operation)
        {
            case ILocalReferenceOperation or IParameterReferenceOperation:
                var value = ReachingValue.Of(operation);
                if (value is IParameterReferenceOperation parameter && ReferenceEquals(value, operation))
                {
                    return TryPushArguments(parameter.Parameter, work, seen, cancellation);
                }

                return value is null && ReachingValue.ElementOf(operation) is var (tuple, element)
                    ? Push(work, new Step(tuple, null, element))
                    : Push(work, new Step(value, null));

            // output.Item1, output.Logits
            case IFieldReferenceOperation { Field: { ContainingType.IsTupleType: true } field, Instance: { } whole }
                when IndexOf(field) is { } index:
                return Push(work, new Step(whole, null, index));

            // training ? x : x.softmax(1) is x where it matters
            case IConditionalOperation { WhenFalse: not null } conditional:
                if (_symbols.TrainingIn(conditional.Condition) is not false)
                {
                    work.Push(new Step(conditional.WhenTrue, null));
                }

                if (_symbols.TrainingIn(conditional.Condition) is not true)
                {
                    work.Push(new Step(conditional.WhenFalse, null));
                }

                return true;
            case IInvocationOperation call when _symbols.IsTensorFunction(call.TargetMethod):
                work.Push(new Step(TensorFunctions.TensorArgument(call), null));
                return FunctionCatalog.ByName.TryGetValue(call.TargetMethod.Name, out var entry)
                    && entry.Effect is FunctionEffect.Same or FunctionEffect.Shape;
            // A method call of the user's own is a method like any other.
            case IInvocationOperation { TargetMethod: { Name: "call" or "forward" } target, Instance: { } module } call
                when _symbols.IsModule(module.Type) && (target.IsOverride || !_source.IsSource(target.OriginalDefinition)):
                return TryEnterModule(module, new ModuleCall(call, false), work, seen, cancellation);
            case IInvocationOperation call when !call.IsVirtual && _source.IsSource(call.TargetMethod.OriginalDefinition):
                return TryPushReturns(call.TargetMethod, null, work, seen, cancellation);
            default:
                return false;
        }
    }

    // One part of what a model, or a method, returns as a tuple.
    private bool TryFollowElement(IOperation operation, int element, Stack<Step> work, HashSet<ISymbol> seen, CancellationToken cancellation)
    {
        switch (operation)
        {
            case ITupleOperation tuple when element < tuple.Elements.Length:
                return Push(work, new Step(tuple.Elements[element], null));
            case ILocalReferenceOperation:
                return ReachingValue.Of(operation) is { } value && Push(work, new Step(value, null, element));
            case IInvocationOperation { TargetMethod: { Name: "call" or "forward" } target, Instance: { } module } call
                when _symbols.IsModule(module.Type) && (target.IsOverride || !_source.IsSource(target.OriginalDefinition)):
                return TryEnterModule(module, new ModuleCall(call, false, element), work, seen, cancellation);
            case IInvocationOperation call when !call.IsVirtual && _source.IsSource(call.TargetMethod.OriginalDefinition):
                return TryPushReturns(call.TargetMethod, element, work, seen, cancellation);
            default:
                return false;
        }
    }

    private static int? IndexOf(IFieldSymbol field)
    {
        var item = (field.CorrespondingTupleField ?? field).Name;
        return item.StartsWith("Item", StringComparison.Ordinal) && int.TryParse(item.Substring(4), out var number) ? number - 1 : null;
    }

    private bool TryEnterModule(
        IOperation module, ModuleCall call, Stack<Step> work, HashSet<ISymbol> seen, CancellationToken cancellation)
    {
        var origins = _modules.Of(module, cancellation);
        if (!origins.IsEmpty)
        {
            foreach (var origin in origins)
            {
                work.Push(new Step(origin, call));
            }

            return true;
        }

        // Made elsewhere, but of a class whose forward is the only one.
        return module.Unwrap() is { Type: INamedTypeSymbol type } known
            && (call.Element is null && FormOfLayer(known) is not null
                ? Push(work, new Step(known, call))
                : _modules.IsLeaf(type, cancellation) && TryPushForward(type, call, work, seen, cancellation));
    }

    private bool TryEnter(IOperation module, ModuleCall call, Stack<Step> work, HashSet<ISymbol> seen, CancellationToken cancellation)
    {
        if (_symbols.LayerOf(module.Type) is { } layer)
        {
            if (call.Element is not null)
            {
                return false;
            }

            if (layer is { Name: "Identity" or "Flatten" or "Unflatten" })
            {
                return call is { IsInside: false, Call.Arguments: { Length: 1 } arguments } && Push(work, new Step(arguments[0].Value, null));
            }

            return _modules.LastOf(module) is { } last && TryEnterModule(last, call with { IsInside = true }, work, seen, cancellation);
        }

        return module is IObjectCreationOperation { Type: INamedTypeSymbol type } && TryPushForward(type, call, work, seen, cancellation);
    }

    private bool TryPushForward(
        INamedTypeSymbol type, ModuleCall call, Stack<Step> work, HashSet<ISymbol> seen, CancellationToken cancellation)
    {
        for (var t = type; t is not null && _source.IsSource(t.OriginalDefinition); t = t.BaseType)
        {
            var forward = t.GetMembers("forward").OfType<IMethodSymbol>()
                .FirstOrDefault(method => method.IsOverride && method.Parameters.Length == call.Call.TargetMethod.Parameters.Length);
            if (forward is not null)
            {
                return TryPushReturns(forward, call.Element, work, seen, cancellation);
            }
        }

        return false;
    }

    private bool TryPushReturns(IMethodSymbol method, int? element, Stack<Step> work, HashSet<ISymbol> seen, CancellationToken cancellation)
    {
        if (!seen.Add(method.OriginalDefinition))
        {
            // It may have been another part.
            return element is null;
        }

        var returns = _source.ReturnsOf(method, cancellation).ToList();
        returns.ForEach(value => work.Push(new Step(value, null, element)));
        return returns.Count > 0;
    }

    private bool TryPushArguments(IParameterSymbol parameter, Stack<Step> work, HashSet<ISymbol> seen, CancellationToken cancellation)
    {
        if (parameter.ContainingSymbol is not IMethodSymbol { MethodKind: MethodKind.Ordinary or MethodKind.LocalFunction } method
            || method is { Name: "forward", IsOverride: true })
        {
            return false;
        }

        if (!seen.Add(parameter))
        {
            return true;
        }

        var any = false;
        foreach (var call in _source.CallsOf(method, cancellation))
        {
            any = true;
            var argument = (call as IInvocationOperation)?.Arguments.FirstOrDefault(candidate => candidate.Parameter?.Ordinal == parameter.Ordinal);
            work.Push(new Step(argument?.Value, null));
        }

        return any;
    }

    private static bool Push(Stack<Step> work, Step step)
    {
        work.Push(step);
        return true;
    }

    // A tensor to follow, or, with Module, an expression that makes the module which was called, or, with Element, a tuple.
    private sealed record Step(IOperation? Operation, ModuleCall? Module, int? Element = null);

    // IsInside: the layer is part of a container, so that the call is not what gives the value its form. Element: of a tuple.
    private sealed record ModuleCall(IInvocationOperation Call, bool IsInside, int? Element = null);
}
