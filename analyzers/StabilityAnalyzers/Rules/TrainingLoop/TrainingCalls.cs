using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>Says which calls do something to gradients, modes or parameters, and of which nothing can be known.</summary>
internal sealed class TrainingCalls
{
    private readonly TorchSharpSymbols _symbols;
    private readonly SourceIndex _source;
    private readonly object _lock = new();
    private bool? _modulesTrain;

    /// <param name="symbols">The symbols of the compilation.</param>
    public TrainingCalls(TorchSharpSymbols symbols)
    {
        _symbols = symbols;
        _source = SourceIndex.Of(symbols.Compilation);
    }

    /// <summary>True for the call of an optimizer's <c>step</c>, whichever class overrides it.</summary>
    public static bool IsStep(IMethodSymbol method, TorchSharpSymbols symbols) =>
        TorchSharpSymbols.IsMethod(method, symbols.Optimizer, "step")
        || (method.Name == "Step" && IsOfRecorder(method.ContainingAssembly));

    /// <summary>True for the method of the recorder that gives an optimizer to use in place of another.</summary>
    public static bool IsWatch(IMethodSymbol method) => method.Name == "Watch" && IsOfRecorder(method.ContainingAssembly);

    /// <summary>What a call does by itself; null when it does nothing of the kind, or is to be looked into.</summary>
    /// <param name="operation">The call, creation, or mention of a method.</param>
    /// <param name="method">The method.</param>
    public TrainingEventKind? KindOf(IOperation operation, IMethodSymbol method)
    {
        if (IsOf(method, _symbols.Tensor, "backward") || IsOf(method, _symbols.Autograd, "backward"))
        {
            return TrainingEventKind.Backward;
        }

        if (IsStep(method, _symbols))
        {
            // A closure is run by step itself, as often as it likes.
            return operation is IInvocationOperation step
                && step.Arguments.All(argument => argument.ArgumentKind == ArgumentKind.DefaultValue || argument.Value.Type?.TypeKind != TypeKind.Delegate)
                ? TrainingEventKind.Step
                : TrainingEventKind.Opaque;
        }

        if (IsOf(method, _symbols.Optimizer, "zero_grad") || IsOf(method, _symbols.Module, "zero_grad"))
        {
            return TrainingEventKind.ZeroGrad;
        }

        if (ClippingCatalog.Names.Any(name => IsOf(method, _symbols.NNUtils, name)))
        {
            return TrainingEventKind.Clip;
        }

        if (IsOf(method, _symbols.Module, "eval"))
        {
            return TrainingEventKind.Eval;
        }

        if (IsOf(method, _symbols.Module, "train"))
        {
            return operation is IInvocationOperation { Arguments: [{ Value.ConstantValue: { HasValue: true, Value: false } }] }
                ? TrainingEventKind.Eval
                : TrainingEventKind.Train;
        }

        // Older versions of TorchSharp have a method where later ones have a property.
        if (IsOf(method, _symbols.Tensor, "grad"))
        {
            return TrainingEventKind.Gradient;
        }

        if (method.Name is "no_grad" or "inference_mode" or "set_grad_enabled" or "enable_grad"
            && SymbolEqualityComparer.Default.Equals(method.ContainingType, _symbols.Torch))
        {
            return TrainingEventKind.GradientMode;
        }

        if (SymbolEqualityComparer.Default.Equals(method.ContainingType, _symbols.ModuleExtensions))
        {
            return TrainingEventKind.Replace;
        }

        if (IsForward(operation, method))
        {
            return TrainingEventKind.Forward;
        }

        return IsFactory(method) && (_symbols.IsOptimizer(operation.Type) || _symbols.IsModule(operation.Type))
            ? TrainingEventKind.Create
            : null;
    }

    /// <summary>True when a call may do anything: of a library, of a delegate, of a model that trains itself.</summary>
    public bool IsUnknown(IOperation operation, IMethodSymbol method, CancellationToken cancellation) =>
        !IsWellKnown(method.ContainingAssembly)
        || TakesUnseenDelegate(operation)
        || (IsForward(operation, method) && ModulesTrain(cancellation));

    /// <summary>The optimizer or model that a call is made on; the recorder steps the optimizer that it is given.</summary>
    public static IOperation? ReceiverOf(IOperation? operation) => operation switch
    {
        IInvocationOperation call when IsOfRecorder(call.TargetMethod.ContainingAssembly) => call.Arguments.ArgumentFor("optimizer"),
        IInvocationOperation { Instance: { } instance } => instance,
        IInvocationOperation { TargetMethod.IsExtensionMethod: true, Arguments: [{ Value: var extended }, ..] } => extended,
        _ => null,
    };

    /// <summary>forward and the like: what a model computes is not what is done to its gradient afterwards.</summary>
    public bool OverridesModule(IMethodSymbol method)
    {
        for (var m = method.OverriddenMethod; m is not null; m = m.OverriddenMethod)
        {
            if (!_source.IsSource(m.OriginalDefinition))
            {
                return _symbols.IsModule(m.ContainingType);
            }
        }

        return false;
    }

    /// <summary>True for a disposable of the user's own: its Dispose, which no call shows, may do anything.</summary>
    public bool IsOwnDisposable(IOperation operation) =>
        operation is IObjectCreationOperation or IInvocationOperation
        && operation.Type is { TypeKind: not TypeKind.Interface } type
        && !IsWellKnown(type.ContainingAssembly)
        && type.AllInterfaces.Any(i => i.SpecialType == SpecialType.System_IDisposable)
        && !_symbols.IsModule(type)
        && !_symbols.IsTensor(type);

    private bool IsForward(IOperation operation, IMethodSymbol method) =>
        method.Name is "call" or "forward"
        && _symbols.IsModule(method.ContainingType)
        && !_symbols.IsLoss((operation as IInvocationOperation)?.Instance?.Type);

    private bool IsFactory(IMethodSymbol method) =>
        method.MethodKind == MethodKind.Constructor
        || SymbolEqualityComparer.Default.Equals(method.ContainingType, _symbols.NN)
        || SymbolEqualityComparer.Default.Equals(method.ContainingType, _symbols.Optim);

    // A forward that trains something, as an iterative inversion does: which one a call reaches cannot be told.
    private bool ModulesTrain(CancellationToken cancellation)
    {
        lock (_lock)
        {
            return _modulesTrain ??= _symbols.Compilation.SyntaxTrees.Any(tree => TreeIndex.Of(tree, cancellation) is var calls
                && calls.Calls("backward").Concat(calls.Calls("step")).Concat(calls.Calls("zero_grad"))
                    .Any(call => call.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { } method
                        && method.Identifier.ValueText == "forward"
                        && method.Modifiers.Any(SyntaxKind.OverrideKeyword)));
        }
    }

    private static bool TakesUnseenDelegate(IOperation operation) =>
        operation is IInvocationOperation call && call.Arguments.Any(argument =>
            argument.Value.Type?.TypeKind == TypeKind.Delegate
            && argument.ArgumentKind == ArgumentKind.Explicit
            && argument.Value.Unwrap() is not (IDelegateCreationOperation or ILiteralOperation or IDefaultValueOperation));

    private bool IsWellKnown(IAssemblySymbol? assembly) =>
        assembly is null
        || SymbolEqualityComparer.Default.Equals(assembly, _symbols.Module.ContainingAssembly)
        || assembly.Name.StartsWith("System", StringComparison.Ordinal)
        || assembly.Name.StartsWith("Microsoft.", StringComparison.Ordinal)
        || assembly.Name is "mscorlib" or "netstandard"
        || IsOfRecorder(assembly);

    // The recorder of the runtime package reads gradients and never changes one; its Step ends in the optimizer's.
    private static bool IsOfRecorder(IAssemblySymbol? assembly) => assembly?.Name == "StabilityAnalyzers.Runtime";

    private static bool IsOf(IMethodSymbol method, INamedTypeSymbol? type, string name) => TorchSharpSymbols.IsMethod(method, type, name);
}
