using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Extraction;

/// <content>Calls of methods, and which code is whose.</content>
internal sealed partial class Interpreter
{
    private bool IsTorchSharp(ISymbol? symbol) =>
        SymbolEqualityComparer.Default.Equals(symbol?.ContainingAssembly, _symbols.Torch.ContainingAssembly);

    // The framework knows nothing of weights, and the recorder only looks at them.
    private static bool IsHarmless(INamedTypeSymbol? type)
    {
        if (type?.ContainingAssembly?.Name == "StabilityAnalyzers.Runtime")
        {
            return type.ContainingNamespace?.Name is not ("Initialization" or "Remedies");
        }

        for (var space = type?.ContainingNamespace; space is { IsGlobalNamespace: false }; space = space.ContainingNamespace)
        {
            if (space.ContainingNamespace is { IsGlobalNamespace: true })
            {
                return space.Name is "System" or "Microsoft";
            }
        }

        return false;
    }

    private void EnterCode(INamedTypeSymbol? type, SyntaxNode at)
    {
        if (_site is null && _root is not null && !SymbolEqualityComparer.Default.Equals(type?.OriginalDefinition, _root))
        {
            _site = at;
        }
    }

    private List<(IParameterSymbol Parameter, Value Value)> Bind(ImmutableArray<IArgumentOperation> arguments)
    {
        var bound = new List<(IParameterSymbol, Value)>(arguments.Length);
        foreach (var argument in arguments)
        {
            var value = Evaluate(argument.Value);
            if (argument.Parameter is { } parameter)
            {
                bound.Add((parameter, value));
            }
        }

        return bound;
    }

    private Value Invoke(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        var self = call.Instance is null ? null : Evaluate(call.Instance);
        var arguments = Bind(call.Arguments);
        if (!IsReachable)
        {
            return Value.Unknown("it is not reached");
        }

        var value = Invoke(call, method, self, arguments);
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter?.RefKind is RefKind.Ref or RefKind.Out && IsReachable)
            {
                Assign(argument.Value, Value.Unknown($"'{method.Name}' sets it"));
            }
        }

        return value;
    }

    private Value Invoke(IInvocationOperation call, IMethodSymbol method, Value? self, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        if (method.MethodKind == MethodKind.DelegateInvoke)
        {
            return self is FunctionValue function
                ? Apply(function, arguments.OrderBy(argument => argument.Parameter.Ordinal).Select(argument => argument.Value).ToArray(), call.Syntax)
                : Opaque(call, "a delegate that is not known", self, arguments);
        }

        if (IsTorchSharp(method))
        {
            return InvokeTorchSharp(call, method, self, arguments);
        }

        if (call.IsVirtual && method.ContainingType?.TypeKind == TypeKind.Interface || method.IsAbstract || (method.IsVirtual || method.IsOverride) && call.IsVirtual)
        {
            if (Read(self) is not ClassObject { IsForeign: false } instance)
            {
                return IsHarmless(method.ContainingType)
                    ? InvokeFramework(call, method, self, arguments)
                    : Opaque(call, $"it is not known which '{method.Name}' is called", self, arguments);
            }

            method = Override(method, instance.Type, call.Syntax);
        }

        if (SymbolEqualityComparer.Default.Equals(method.ContainingAssembly, _symbols.Compilation.Assembly))
        {
            if (method.MethodKind == MethodKind.LocalFunction)
            {
                return Apply(new FunctionValue(method, null, _frame.Id, _frame.Self), arguments, call.Syntax);
            }

            return _index.Body(method, _cancellation) is { } body
                ? Inline(method, body, self, arguments, call.Syntax)
                : Opaque(call, $"'{method.Name}' has no body here", self, arguments);
        }

        return IsHarmless(method.ContainingType)
            ? InvokeFramework(call, method, self, arguments)
            : Opaque(call, $"'{method.Name}' is declared in another assembly", self, arguments);
    }

    private Value Opaque(IInvocationOperation call, string reason, Value? self, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        var values = arguments.Select(argument => argument.Value).Append(self ?? Value.Null).ToArray();
        Escape(reason, values);
        return OpaqueResult(call.Type, reason, call.Syntax, values);
    }

    // What something that is not understood returns, computed from these values.
    private Value OpaqueResult(ITypeSymbol? type, string reason, SyntaxNode at, params Value[] inputs)
    {
        if (_symbols.IsTensor(type))
        {
            return UnknownTensor(reason, at, inputs);
        }

        if (type is INamedTypeSymbol { IsTupleType: true } tuple && tuple.TupleElements.All(element => _symbols.IsTensor(element.Type)))
        {
            var node = AddNode(
                new UnknownOperation(reason), at, null, null, inputs.Where(input => Read(input) is TensorObject).Select(input => NodeOf(input, at)).ToArray());
            return new TupleValue(tuple.TupleElements.Select(_ => NewTensor(node)).ToImmutableArray());
        }

        return Value.Unknown(reason);
    }

    /// <summary>The method that a virtual call reaches in an object of a type.</summary>
    private static IMethodSymbol Override(IMethodSymbol method, INamedTypeSymbol type, SyntaxNode at)
    {
        if (method.ContainingType?.TypeKind == TypeKind.Interface)
        {
            return type.FindImplementationForInterfaceMember(method) as IMethodSymbol ?? method;
        }

        for (var t = type; t is not null; t = t.BaseType)
        {
            foreach (var member in t.GetMembers(method.Name))
            {
                if (member is IMethodSymbol candidate)
                {
                    for (var overridden = candidate; overridden is not null; overridden = overridden.OverriddenMethod)
                    {
                        if (SymbolEqualityComparer.Default.Equals(overridden.OriginalDefinition, method.OriginalDefinition))
                        {
                            return candidate;
                        }
                    }
                }
            }
        }

        return method;
    }

    private Value Apply(FunctionValue function, Value[] arguments, SyntaxNode at)
    {
        var parameters = function.Method.Parameters;
        var bound = new List<(IParameterSymbol, Value)>();
        for (var i = 0; i < parameters.Length && i < arguments.Length; i++)
        {
            bound.Add((parameters[i], arguments[i]));
        }

        return Apply(function, bound, at);
    }

    private Value Apply(FunctionValue function, List<(IParameterSymbol Parameter, Value Value)> arguments, SyntaxNode at)
    {
        var body = function.Body ?? _index.Body(function.Method, _cancellation);
        if (body is ILocalFunctionOperation local)
        {
            body = local.Body ?? local.IgnoredBody;
        }

        if (body is null)
        {
            var values = arguments.Select(argument => argument.Value).Append(function.Self ?? Value.Null).ToArray();
            Escape($"'{function.Method.Name}' has no body here", values);
            return OpaqueResult(function.Method.ReturnType, $"'{function.Method.Name}' has no body here", at, values);
        }

        // A lambda and a local function see the variables around them.
        return function.Method.MethodKind is MethodKind.AnonymousFunction or MethodKind.LocalFunction
            ? Run(new Frame(function.Frame, function.Self), function.Method, body, arguments, at)
            : Inline(function.Method, body, function.Self, arguments, at);
    }

    private Value Inline(
        IMethodSymbol method, IOperation body, Value? self, List<(IParameterSymbol Parameter, Value Value)> arguments, SyntaxNode at) =>
        Run(new Frame(_nextFrame++, self), method, body, arguments, at);

    private Value Run(
        Frame frame, IMethodSymbol method, IOperation body, List<(IParameterSymbol Parameter, Value Value)> arguments, SyntaxNode at)
    {
        if (_calls >= _budget.Calls || _depth >= _budget.Depth)
        {
            const string reason = "methods call each other too deeply";
            var values = arguments.Select(argument => argument.Value).Append(frame.Self ?? Value.Null).ToArray();
            Escape(reason, values);
            return OpaqueResult(method.ReturnType, reason, at, values);
        }

        var (outerFrame, outerSite) = (_frame, _site);
        _calls++;
        EnterCode(method.ContainingType, at);
        _frame = frame;
        var parameters = method.OriginalDefinition.Parameters;
        foreach (var (parameter, value) in arguments)
        {
            // An override has parameters of its own.
            Set(parameter.Ordinal < parameters.Length ? parameters[parameter.Ordinal] : parameter, value);
        }

        Value result = Value.Null;
        if (body is IMethodBodyBaseOperation or IBlockOperation)
        {
            Execute(body);
        }
        else
        {
            result = Evaluate(body);
        }

        foreach (var (value, state) in _frame.Returns)
        {
            if (_state is null)
            {
                (result, _state) = (value, state);
            }
            else
            {
                result = Join(_state, result, state, value, at);
            }
        }

        if (_frame.Yielded is { } yielded)
        {
            result = New(new ListObject(yielded.ToImmutableList()));
        }

        _calls--;
        (_frame, _site) = (outerFrame, outerSite);
        return result;
    }
}
