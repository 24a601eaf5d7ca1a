using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Initialization;

/// <summary>
/// What a module sees of itself in its constructor: before <c>RegisterComponents</c> (or <c>register_module</c>) it has no
/// children and no parameters, whatever its fields hold.
/// </summary>
/// <param name="symbols">TorchSharp in the compilation.</param>
/// <param name="source">The compilation.</param>
internal sealed class RegistrationOrder(TorchSharpSymbols symbols, SourceIndex source)
{
    /// <summary>True for an initialisation through <c>modules()</c>, <c>parameters()</c>, <c>apply</c> and their like that finds nothing.</summary>
    /// <param name="call">Any call.</param>
    /// <param name="cancellation">Ends the work.</param>
    public bool SeesNothing(IInvocationOperation call, CancellationToken cancellation)
    {
        if (call.TargetMethod.Name is not ("modules" or "named_modules" or "children" or "named_children" or "parameters" or "named_parameters" or "apply")
            || !TorchSharpSymbols.IsMethod(call.TargetMethod, symbols.Module, call.TargetMethod.Name)
            || call.Instance.Unwrap() is not IInstanceReferenceOperation
            || !Initializes(call, cancellation)
            || MethodOf(call) is not var (method, body) || !IsOwnModule(method.ContainingType))
        {
            return false;
        }

        if (method.MethodKind == MethodKind.Constructor)
        {
            return IsFirst(call, method, body, cancellation);
        }

        // InitWeights(), called by the constructor.
        if (method.DeclaredAccessibility != Accessibility.Private || method.IsStatic || !IsUnregisteredUntil(call, body, cancellation))
        {
            return false;
        }

        var calls = source.CallsOf(method, cancellation).Take(8).ToList();
        return calls.Count is > 0 and < 8 && calls.All(caller =>
            caller is IInvocationOperation
            && MethodOf(caller) is (var constructor, var outer) && constructor.MethodKind == MethodKind.Constructor
            && IsFirst(caller, constructor, outer, cancellation));
    }

    // Its base is TorchSharp's own, which registers nothing.
    private bool IsOwnModule(INamedTypeSymbol type) =>
        type.BaseType is { } parent && (SymbolEqualityComparer.Default.Equals(parent, symbols.Module)
            || symbols.GenericModules.Contains(parent.OriginalDefinition, SymbolEqualityComparer.Default));

    private bool IsFirst(IOperation call, IMethodSymbol constructor, IOperation body, CancellationToken cancellation) =>
        body is IConstructorBodyOperation { Initializer: var initializer }
        && (initializer is null
            || !initializer.DescendantsAndSelf().OfType<IInvocationOperation>().Any(other =>
                other.TargetMethod.MethodKind == MethodKind.Constructor
                && SymbolEqualityComparer.Default.Equals(other.TargetMethod.ContainingType, constructor.ContainingType)))
        && IsUnregisteredUntil(call, body, cancellation);

    // In the order of the source, which is that of execution as far as nothing before the call jumps backwards into it.
    private bool IsUnregisteredUntil(IOperation call, IOperation body, CancellationToken cancellation)
    {
        for (var at = call.Parent; at is not null && !ReferenceEquals(at, body); at = at.Parent)
        {
            if (at is IAnonymousFunctionOperation or ILocalFunctionOperation
                || (at is ILoopOperation loop && !(loop is IForEachLoopOperation each && each.Collection.DescendantsAndSelf().Contains(call))))
            {
                return false;
            }
        }

        foreach (var operation in body.DescendantsAndSelf())
        {
            cancellation.ThrowIfCancellationRequested();
            if (operation.Syntax.SpanStart < call.Syntax.SpanStart && !ReferenceEquals(operation, call) && MayRegister(operation))
            {
                return false;
            }
        }

        return true;
    }

    private static bool MayRegister(IOperation operation) => operation switch
    {
        // A method of its own, or one that is given the module, may do anything; reading its fields and setting them does not.
        IInstanceReferenceOperation { Parent: IFieldReferenceOperation or IPropertyReferenceOperation } => false,
        IInstanceReferenceOperation { Parent: IInvocationOperation { TargetMethod: var method } } =>
            !(method.MethodKind == MethodKind.Constructor
                || method.Name is "modules" or "named_modules" or "children" or "named_children" or "parameters" or "named_parameters" or "apply" or "register_buffer"),
        IInstanceReferenceOperation => true,
        ILabeledOperation => true,
        _ => false,
    };

    private bool Initializes(IInvocationOperation call, CancellationToken cancellation)
    {
        if (call.TargetMethod.Name == "apply")
        {
            return call.Arguments.Any(argument => Function(argument.Value, cancellation) is { } function && HasInitializer(function));
        }

        for (IOperation at = call; at.Parent is { } parent; at = parent)
        {
            switch (parent)
            {
                case IForEachLoopOperation each when each.Collection.DescendantsAndSelf().Contains(call):
                    return HasInitializer(each.Body);

                // modules().OfType<Linear>(), and ToList().ForEach(m => ...)
                case IArgumentOperation or IConversionOperation or IParenthesizedOperation:
                case IInvocationOperation { TargetMethod.ContainingType.Name: "Enumerable" }:
                    break;
                case IInvocationOperation { TargetMethod.Name: "ForEach" } each:
                    return each.Arguments.Any(argument => Function(argument.Value, cancellation) is { } function && HasInitializer(function));
                default:
                    return false;
            }
        }

        return false;
    }

    private IOperation? Function(IOperation value, CancellationToken cancellation) => value.Unwrap() switch
    {
        IDelegateCreationOperation { Target: IAnonymousFunctionOperation lambda } => lambda.Body,
        IAnonymousFunctionOperation lambda => lambda.Body,
        IDelegateCreationOperation { Target: IMethodReferenceOperation { IsVirtual: false } method } => source.Bodies(method.Method, cancellation).FirstOrDefault(),
        _ => null,
    };

    private bool HasInitializer(IOperation body) => body.DescendantsAndSelf().OfType<IInvocationOperation>()
        .Any(call => STAB2003UselessInitializer.IsInitializer(call, symbols));

    private static (IMethodSymbol Method, IOperation Body)? MethodOf(IOperation operation)
    {
        var root = operation;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        return root is IMethodBodyBaseOperation && root.SemanticModel?.GetEnclosingSymbol(operation.Syntax.SpanStart) is { } symbol
            && Member(symbol) is { } method ? (method, root) : null;
    }

    // The member around a lambda or a local function.
    private static IMethodSymbol? Member(ISymbol symbol)
    {
        for (var at = symbol; at is not null; at = at.ContainingSymbol)
        {
            if (at is IMethodSymbol { MethodKind: not (MethodKind.AnonymousFunction or MethodKind.LocalFunction) } method)
            {
                return method;
            }
        }

        return null;
    }
}
