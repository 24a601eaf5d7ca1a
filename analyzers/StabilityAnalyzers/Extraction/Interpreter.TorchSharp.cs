using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Extraction;

/// <content>Calls into TorchSharp: factories, functions of tensors, initialisers.</content>
internal sealed partial class Interpreter
{
    private Value InvokeTorchSharp(IInvocationOperation call, IMethodSymbol method, Value? self, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        var container = method.ContainingType;
        bool In(INamedTypeSymbol? type) => SymbolEqualityComparer.Default.Equals(container, type);
        if (In(_symbols.NN))
        {
            return Factory(call, method, arguments);
        }

        if (In(_symbols.Init))
        {
            return Initializer(call, method, arguments);
        }

        if (In(_symbols.ModuleExtensions) && arguments.Count > 0)
        {
            // to, cuda, half: the same module.
            return arguments[0].Value;
        }

        if (self is not null && (_symbols.IsModule(call.Instance?.Type) || _symbols.IsModule(container)))
        {
            return ModuleMethod(call, method, self, arguments);
        }

        if (In(_symbols.Tensor) || In(_symbols.TensorExtensions) || In(_symbols.Torch) || In(_symbols.Functional) || In(_symbols.Special))
        {
            return Function(call, method, self, arguments);
        }

        return Foreign(call, method, self, arguments);
    }

    // Neither modelled nor able to change a weight, with a few exceptions.
    private Value Foreign(IInvocationOperation call, IMethodSymbol method, Value? self, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        var values = arguments.Select(argument => argument.Value).Append(self ?? Value.Null).ToArray();
        var reason = $"'{method.Name}' is not modelled";
        if (!SymbolEqualityComparer.Default.Equals(method.ContainingType, _symbols.Optim) && !method.Name.StartsWith("clip_grad", StringComparison.Ordinal))
        {
            foreach (var value in values)
            {
                if (value is ParameterValue or ParameterRows or FunctionValue || Read(value) is not (TensorObject or null))
                {
                    Escape(reason, value);
                }
            }
        }

        return OpaqueResult(call.Type, reason, call.Syntax, values);
    }

    private LayerArguments Constants(IEnumerable<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        var constants = ImmutableDictionary.CreateBuilder<string, object?>();
        foreach (var (parameter, value) in arguments)
        {
            switch (value)
            {
                case ConstantValue constant:
                    constants[parameter.Name] = constant.Content;
                    break;
                case SizeValue size when s_sizes.Contains(parameter.Name):
                    UsesSizes = true;
                    constants[parameter.Name] = size.Sample;
                    break;
                case TupleValue tuple when Numbers(tuple.Items) is { } numbers:
                    constants[parameter.Name] = numbers;
                    break;
                case ReferenceValue when Read(value) is ListObject list && Numbers(list.Items) is { } numbers:
                    constants[parameter.Name] = numbers;
                    break;
            }
        }

        return new LayerArguments(constants.ToImmutable());
    }

    private static double[]? Numbers(IReadOnlyCollection<Value> values) =>
        values.Count <= 8 && values.All(value => value is ConstantValue { Content: long or double })
            ? values.Select(value => Arithmetic.ToDouble(((ConstantValue)value).Content)).ToArray()
            : null;

    private Value Factory(IInvocationOperation call, IMethodSymbol method, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        if (_symbols.LayerOf(method.ReturnType) is not { } entry)
        {
            return Foreign(call, method, null, arguments);
        }

        return entry.Family == LayerFamily.Container
            ? Container(method.ReturnType, entry, arguments, call.Syntax)
            : Layer(method.ReturnType, entry, arguments, call.Syntax);
    }

    private Value CreateTorchSharp(INamedTypeSymbol type, List<(IParameterSymbol Parameter, Value Value)> arguments, SyntaxNode at)
    {
        if (_symbols.LayerOf(type) is { Family: LayerFamily.Container } entry)
        {
            return Container(type, entry, arguments, at);
        }

        // A parameter takes over a tensor; what else there is to make holds no weight.
        return New(new OpaqueObject($"a {type.Name} is not followed"));
    }

    // Parameters of layers that say how wide something is, and not how often or how strongly something happens.
    private static readonly ImmutableHashSet<string> s_sizes = ImmutableHashSet.Create(
        "inputSize", "outputSize", "in_channels", "out_channels", "groups", "num_embeddings", "embedding_dims", "in1_features", "in2_features",
        "out_features", "hiddenSize", "d_model", "dim_feedforward", "embedded_dim", "num_features", "features", "num_channels", "normalized_shape");

    private Value Layer(ITypeSymbol type, LayerEntry entry, List<(IParameterSymbol Parameter, Value Value)> arguments, SyntaxNode at)
    {
        if (IsStack(entry))
        {
            var copied = arguments.Select(argument => Read(argument.Value)).OfType<LayerObject>().FirstOrDefault();
            return New(new LayerObject(
                type,
                entry,
                (copied?.Arguments ?? LayerArguments.None).With(Constants(arguments), "num_layers"),
                copied?.Weight ?? WeightInitializer.Unknown("the layer of the stack is not known"),
                copied?.Bias,
                null,
                OriginOf(at)));
        }

        arguments = arguments
            .Select(argument => (argument.Parameter, s_sizes.Contains(argument.Parameter.Name) ? StandIn(argument.Parameter.Type, argument.Value) : argument.Value))
            .ToList();
        var constants = Constants(arguments);
        WeightInitializer weight;
        BiasInitializer? bias = null;
        switch (entry.Family)
        {
            case LayerFamily.Normalization:
                // GroupNorm leaves its weight uninitialised in 0.107.
                weight = entry.Name == "GroupNorm" ? WeightInitializer.Unknown("GroupNorm does not initialise its weight") : WeightInitializer.Constant(1);
                bias = BiasInitializer.Zero;
                break;
            case LayerFamily.Embedding:
                weight = arguments.Any(argument => argument.Parameter.Name == "embeddings")
                    ? WeightInitializer.Unknown("the embeddings are given")
                    : WeightInitializer.Normal(0, 1);
                break;
            default:
                weight = WeightInitializer.TorchDefault;
                var parameter = LayerOperations.ByName.TryGetValue(entry.Name, out var operation) ? operation.BiasParameter : null;
                bias = parameter is null || constants.Flag(parameter) is false ? null
                    : constants.Flag(parameter) is true ? BiasInitializer.TorchDefault
                    : BiasInitializer.Unknown;
                break;
        }

        // Linear(weight, bias): the weight is what was given.
        if (arguments.Any(argument => SymbolEqualityComparer.Default.Equals(argument.Parameter.Type, _symbols.Parameter)))
        {
            weight = WeightInitializer.Unknown("the weight is given");
        }

        return New(new LayerObject(type, entry, constants, weight, bias, null, OriginOf(at)));
    }

    private Value Container(ITypeSymbol type, LayerEntry entry, List<(IParameterSymbol Parameter, Value Value)> arguments, SyntaxNode at)
    {
        var children = ImmutableList<ChildModule>.Empty;
        if (entry.Name is not ("Sequential" or "ModuleList" or "ModuleDict"))
        {
            return New(new OpaqueObject($"a {entry.Name} is not followed"));
        }

        if (arguments.Count > 0 && arguments[0].Value is not ConstantValue)
        {
            children = Items(arguments[0].Value) is { } items ? items.Select((item, i) => Child(item, Number(i))).ToImmutableList()
                : PartsOf(arguments[0].Value) is { } parts ? ChildrenOf(parts)
                : ImmutableList.Create(new ChildModule("?", Value.Unknown("the modules of a container are not known")));
        }

        return New(new ContainerObject(type, children, OriginOf(at)));
    }

    private static ChildModule Child(Value item, string name) => item switch
    {
        RepeatedValue => new ChildModule("?", item),
        TupleValue { Items: [ConstantValue { Content: string given }, var module] } => new ChildModule(given, module),
        TupleValue { Items: [_, var module] } => new ChildModule(name, module),
        _ => new ChildModule(name, item),
    };

    private static string Number(int index) => index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static ImmutableList<ChildModule> ChildrenOf(IReadOnlyList<Value> parts) =>
        parts.Aggregate(ImmutableList<ChildModule>.Empty, (children, part) => children.Add(Child(part, NextName(children))));

    // By its index, or by its place behind the modules whose number is not known.
    private static string NextName(ImmutableList<ChildModule> children) =>
        children.FindLastIndex(child => child.Name == "?") is >= 0 and var repeated ? "*+" + Number(children.Count - repeated) : Number(children.Count);

    private string NextName(Value parent) => NextName((Read(parent) as ContainerObject)?.Children ?? ImmutableList<ChildModule>.Empty);

    private Value Initializer(IInvocationOperation call, IMethodSymbol method, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        var constants = Constants(arguments);
        if (method.Name == "calculate_gain")
        {
            return constants.Number("nonlinearity") is { } kind && constants.Number("param") is { } parameter
                && InitializerCatalog.Gain((long)kind, parameter) is { } gain
                    ? new ConstantValue(gain)
                    : Value.Unknown("a gain that is not known");
        }

        if (arguments.Count == 0)
        {
            return Value.Unknown($"'{method.Name}' is not followed");
        }

        var target = arguments.FirstOrDefault(argument => argument.Parameter.Ordinal == 0).Value ?? Value.Unknown("nothing");
        if (!InitializerCatalog.ByName.TryGetValue(method.Name, out var entry))
        {
            return method.Name.EndsWith("_", StringComparison.Ordinal) ? Overwritten(target, $"'{method.Name}' is not known") : Value.Unknown($"'{method.Name}' is not followed");
        }

        var reason = $"the arguments of '{method.Name}' are not known";
        var initializer = entry.Create(constants) ?? WeightInitializer.Unknown(entry.Parameters.Count == 0 ? $"'{method.Name}' is not random" : reason);
        switch (target)
        {
            case ParameterValue { Name: { } single } own when Read(new ReferenceValue(own.Layer)) is LayerObject recurrent
                && RecurrentWrites.Hidden(recurrent, single, initializer) is { } known:
                Write(own.Layer, known);
                break;
            case ParameterRows rows when initializer is FixedInitializer { Mean: { } content } && initializer.Variance(default) is 0 && Filled(rows, content):
                break;
            case ParameterRows:
                Overwritten(target, reason);
                break;
            case ParameterValue parameter when Read(new ReferenceValue(parameter.Layer)) is LayerObject layer:
                Write(parameter.Layer, parameter.IsBias
                    ? layer with { Bias = initializer is FixedInitializer ? new BiasInitializer(initializer.Mean, initializer.Variance(default)) : BiasInitializer.Unknown }
                    : layer with { Weight = initializer, WeightCall = new InitializerCall(call.Syntax, entry, _site ?? call.Syntax) });
                break;
            case UnknownValue:
                HavocWeights($"it is not known what '{Shorten(call.Syntax)}' initialises");
                break;
        }

        return target;
    }

    // Something wrote into a tensor: if it is a weight, its content is not known any more.
    private Value Overwritten(Value target, string reason)
    {
        switch (target)
        {
            case ParameterValue:
                Escape(reason, target);
                break;
            case ParameterRows rows:
                Escape(reason, rows.Whole);
                break;
            case UnknownValue unknown when unknown.Reason.Length > 0:
                // A tensor of unknown origin may be a weight.
                HavocWeights(reason);
                break;
        }

        return target;
    }

    private Value Function(IInvocationOperation call, IMethodSymbol method, Value? self, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        var at = call.Syntax;
        var subject = self ?? (arguments.Count > 0 ? arguments[0].Value : null);
        if (subject is null)
        {
            return OpaqueResult(call.Type, $"'{method.Name}' is not modelled", at);
        }

        var rest = self is null ? arguments.Skip(1).ToList() : arguments;
        var constants = Constants(rest);
        var name = method.Name;
        if (NewTable(method, call.Syntax) is { } table)
        {
            return table;
        }

        var joined = self is null ? Joined(call, name, arguments) : null;
        if ((joined ?? Parts(call, name, subject, constants)) is { } shaped)
        {
            return shaped;
        }

        var inPlace = (name.Length > 1 && name[name.Length - 1] == '_') || constants.Flag("inplace") is true;
        var plain = name.Length > 1 && name[name.Length - 1] == '_' ? name.Substring(0, name.Length - 1) : name;
        if (RowsOf(subject, name, constants) is { } rows)
        {
            return rows;
        }

        if (subject is ParameterValue or ParameterRows or UnknownValue || Read(subject) is OpaqueObject)
        {
            // A weight as a tensor: its shape is known, its values are used in ways that are not modelled.
            if (inPlace && name != "requires_grad_")
            {
                return Overwritten(subject, $"'{Shorten(at)}' writes into it");
            }

            if (subject is ParameterValue parameter && plain == "dim")
            {
                return Dimensions(parameter);
            }

            if (subject is not UnknownValue || !IsTensorCall(call))
            {
                return OpaqueResult(call.Type, $"'{Shorten(at)}' is not modelled", at, arguments.Select(argument => argument.Value).ToArray());
            }
        }

        if (Read(subject) is not TensorObject && subject is not UnknownValue)
        {
            if (!IsTensorCall(call) && name is not "no_grad" and not "NewDisposeScope")
            {
                return Foreign(call, method, self, arguments);
            }

            return OpaqueResult(call.Type, $"'{Shorten(at)}' is not modelled", at, arguments.Select(argument => argument.Value).ToArray());
        }

        if (!IsTensorCall(call))
        {
            return Foreign(call, method, self, arguments);
        }

        var result = FunctionOfTensor(plain, name, subject, rest, constants, at);
        if (inPlace && subject is ReferenceValue reference && Read(reference) is TensorObject && Read(result) is TensorObject changed)
        {
            Write(reference.Id, changed);
            return subject;
        }

        return result;
    }

    private bool IsTensorCall(IInvocationOperation call) => _symbols.IsTensor(call.Type);

    private Value FunctionOfTensor(
        string plain, string name, Value subject, List<(IParameterSymbol Parameter, Value Value)> rest, LayerArguments constants, SyntaxNode at)
    {
        var other = rest.Where(argument => _symbols.IsTensor(argument.Parameter.Type) || argument.Parameter.Type.Name == "Scalar")
            .Select(argument => argument.Value).FirstOrDefault();
        var function = FunctionCatalog.Aliases.TryGetValue(plain, out var alias) ? alias : plain;
        if (ActivationCatalog.ByFunction.TryGetValue(function, out var activation))
        {
            return activation.Create(constants) is { } known
                ? NewTensor(AddNode(new ActivationOperation(known), at, null, null, NodeOf(subject, at)))
                : UnknownTensor($"the arguments of '{name}' are not known", at, subject);
        }

        switch (plain)
        {
            case "add" or "sub" or "subtract" when other is not null && IsTensorLike(other) && rest.Count <= 2:
                var alpha = rest.Count == 1 ? 1 : Factor(rest[1].Value);
                return alpha is { } scale
                    ? Sum(subject, other, plain == "add" ? scale : -scale, at)
                    : UnknownTensor("a scale is not known", at, subject, other);
            case "add" or "sub" or "subtract" when other is not null && rest.Count == 1 && Factor(other) is not null:
                return TensorArithmetic(plain == "add" ? BinaryOperatorKind.Add : BinaryOperatorKind.Subtract, subject, other, at);
            case "mul" or "multiply" when other is not null && rest.Count == 1:
                return TensorArithmetic(BinaryOperatorKind.Multiply, subject, other, at);
            case "div" or "divide" or "true_divide" when other is not null && rest.Count == 1:
                return TensorArithmetic(BinaryOperatorKind.Divide, subject, other, at);
            case "sin" or "cos" when Read(subject) is TensorObject { Node: var angles } && IsConstant(angles):
                // A table of many angles, half of each: sin^2 + cos^2 = 1.
                return NewTensor(AddNode(new InputOperation(0.5), at));
            case "select" when constants.Number("dim") is { } dimension && constants.Number("index") is { } position
                && Read(subject) is TensorObject { Node: var whole } && Position(whole, (long)dimension, (long)position, at) is { } selected:
                return selected;
            case "narrow" or "slice" when constants.Number("dim") is { } dimension && constants.Number("start") is { } start
                && (constants.Number("length") ?? constants.Number("finish") - start) is 1 && constants.Number("step") is null or 1
                && Read(subject) is TensorObject { Node: var whole } && _shapes[whole].Axis is FeatureAxis.Sequence or FeatureAxis.Channels
                && Position(whole, (long)dimension, (long)start, at) is { } selected:
                return selected;
            case "mean" or "sum" when Read(subject) is TensorObject { Node: var steps }
                && (constants.Numbers("dimensions") ?? constants.Numbers("dim") ?? (constants.Number("dim") is { } one ? [one] : null)) is [0 or 1 or -2]:
                var reduction = new ReductionOperation(plain == "mean");
                return _shapes[steps].Axis == FeatureAxis.Sequence ? NewTensor(AddNode(reduction, at, null, null, steps))
                    : MayHavePositions(steps) ? Tentative(
                        reduction, plain == "mean" ? new PoolingOperation("mean", true, null, null) : new UnknownOperation($"'{name}' is not modelled"), steps, at)
                    : plain == "mean" ? NewTensor(AddNode(new PoolingOperation("mean", true, null, null), at, null, null, steps))
                    : UnknownTensor($"'{name}' is not modelled", at, subject);
            case "softmax" when constants.Number("dim") is { } dimension && Read(subject) is TensorObject { Node: var logits } && _shapes[logits].IsFeatures((long)dimension) is true:
                return NewTensor(AddNode(new SoftmaxOperation(), at, null, null, logits));
            case "glu" when constants.Number("dim") is { } dimension && Read(subject) is TensorObject { Node: var gated } && _shapes[gated].IsFeatures((long)dimension) is true:
                return NewTensor(AddNode(new GatedLinearUnitOperation(), at, null, null, gated));
            case "mean" when rest.Count > 0 && !rest.All(argument => argument.Value is ConstantValue { Content: null }):
                return NewTensor(AddNode(new PoolingOperation("mean", true, null, null), at, null, null, NodeOf(subject, at)));
        }

        if (!FunctionCatalog.ByName.TryGetValue(name, out var entry) && !FunctionCatalog.ByName.TryGetValue(plain, out entry))
        {
            return UnknownTensor($"'{name}' is not modelled", at, rest.Select(argument => argument.Value).Prepend(subject).ToArray());
        }

        switch (entry.Effect)
        {
            case FunctionEffect.Same:
                return subject;
            case FunctionEffect.Shape:
                var source = NodeOf(subject, at);
                var moved = AddNode(new ShapeOperation(plain), at, null, null, source);
                if (!IsExhausted && _shapes[moved].Equals(default))
                {
                    _shapes[moved] = Moved(plain, constants, _shapes[source], source);
                }

                NoteSizes(moved, plain, rest);
                return NewTensor(moved);
            default:
                return entry.Operation?.Invoke(constants) is { } operation
                    ? NewTensor(AddNode(operation, at, null, null, NodeOf(subject, at)))
                    : UnknownTensor($"the arguments of '{name}' are not known", at, subject);
        }
    }
}
