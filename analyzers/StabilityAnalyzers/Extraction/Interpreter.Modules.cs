using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Extraction;

/// <content>Modules: what they are called with, what they register, and their paths.</content>
internal sealed partial class Interpreter
{
    private Value ModuleMethod(IInvocationOperation call, IMethodSymbol method, Value self, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        var values = arguments.Select(argument => argument.Value).ToArray();
        switch (method.Name)
        {
            case "call" or "forward":
                return Forward(self, values, call.Type, call.Syntax);
            case "RegisterComponents":
                Register(self);
                return Value.Null;
            case "register_module" or "add_module" when values is [ConstantValue { Content: string name }, var module]:
                AddChild(self, name, module);
                return Value.Null;
            case "append" when values is [ConstantValue { Content: string name }, var module] && Read(self) is ContainerObject:
                AddChild(self, name, module);
                return self;
            case "register_module" or "add_module" or "append" when values is [UnknownValue, var module] && Read(module) is CreatedObject && _repeats > 0:
                // $"layer{i}": a name that is another one in each pass of a loop.
                AddChild(self, "*", module);
                return self;
            case "append" or "Add" when Read(self) is ContainerObject container && values.Length > 0:
                if (_symbols.LayerOf(container.Type)?.Name == "ModuleDict" && values is [ConstantValue { Content: string key }, var added])
                {
                    AddChild(self, key, added);
                    return Value.Null;
                }

                foreach (var value in values.Length == 1 && Read(values[0]) is ListObject list ? list.Items.AsEnumerable() : values)
                {
                    var child = Child(value, NextName(self));
                    AddChild(self, child.Name, child.Module);
                }

                return self;
            case "extend" or "AddRange" when values.Length == 1 && Items(values[0]) is { } more:
                foreach (var value in more)
                {
                    var child = Child(value, NextName(self));
                    AddChild(self, child.Name, child.Module);
                }

                return Value.Null;
            case "children" or "modules" or "named_children" or "named_modules" or "parameters" or "named_parameters":
                return Enumerate(method.Name, self, constantsFrom(arguments));
            case "apply" when values is [FunctionValue function]:
                // Children first, then the module itself.
                if (Descendants(self, recurse: true) is { } modules)
                {
                    foreach (var (_, module) in modules.Concat([("", self)]))
                    {
                        Apply(function, [module], call.Syntax);
                    }
                }
                else
                {
                    Havoc($"'{Shorten(call.Syntax)}' reaches modules that are not known");
                }

                return self;
            case "get_parameter" when values is [ConstantValue { Content: string parameter }] && self is ReferenceValue { Id: var id }
                && Read(self) is LayerObject several && HasManyWeights(several) && ManyWeights(several).Contains(parameter):
                return Named(id, parameter);
            case "train" or "eval" or "zero_grad" or "save" or "state_dict" or "register_buffer" or "register_parameter" or "GetName"
                or "buffers" or "named_buffers" or "Dispose" or "has_parameter" or "has_buffer" or "get_buffer" or "register_forward_hook"
                or "register_forward_pre_hook" or "GetEnumerator" or "items" or "keys" or "values" or "save_state_dict":
                return OpaqueResult(call.Type, $"'{method.Name}' is not modelled", call.Syntax);
            case "_to" or "to":
                return self;
            default:
                // load, load_state_dict, get_parameter and whatever else gives access to the weights.
                return Opaque(call, $"'{method.Name}' may change the weights", self, arguments);
        }

        LayerArguments constantsFrom(List<(IParameterSymbol Parameter, Value Value)> bound) => Constants(bound);
    }

    private void AddChild(Value parent, string name, Value module)
    {
        switch (Read(parent))
        {
            case ContainerObject container when parent is ReferenceValue { Id: var id } && HasKnownParts(container):
                Write(id, container with { Children = container.Children.Add(new ChildModule(name, module)) });
                break;
            case ClassObject instance when parent is ReferenceValue { Id: var id }:
                Write(id, instance with { Children = instance.Children.Add(new ChildModule(name, module)) });
                Register(module);
                break;
        }
    }

    // RegisterComponents: every field that holds a module becomes a child, and its own fields too.
    private void Register(Value root)
    {
        var pending = new Stack<Value>();
        pending.Push(root);
        while (pending.Count > 0)
        {
            if (pending.Pop() is not ReferenceValue { Id: var id } value || Read(value) is not ClassObject { IsRegistered: false } instance)
            {
                continue;
            }

            var children = instance.Children.ToBuilder();
            var names = new HashSet<string>(children.Select(child => child.Name));
            foreach (var (name, module) in ModuleFields(instance, withLists: false))
            {
                if (names.Add(name))
                {
                    children.Add(new ChildModule(name, module));
                    pending.Push(module);
                }
            }

            Write(id, instance with { Children = children.ToImmutable(), IsRegistered = true });
        }
    }

    private IEnumerable<(string Name, Value Module)> ModuleFields(ClassObject instance, bool withLists)
    {
        var types = new Stack<INamedTypeSymbol>();
        for (var type = instance.Type; type is not null && !IsTorchSharp(type); type = type.BaseType)
        {
            types.Push(type.OriginalDefinition);
        }

        foreach (var type in types)
        {
            foreach (var member in type.GetMembers())
            {
                if (member.IsStatic || !instance.Fields.TryGetValue(member, out var value))
                {
                    continue;
                }

                switch (Read(value))
                {
                    case LayerObject or ContainerObject or ClassObject:
                        yield return (member.Name, value);
                        break;
                    case ListObject list when withLists:
                        for (var i = 0; i < list.Items.Count; i++)
                        {
                            var child = Child(list.Items[i], Number(i));
                            yield return (member.Name + "." + child.Name, child.Module);
                        }

                        break;
                    case OpaqueObject { Parts: { } parts } when withLists:
                        foreach (var child in ChildrenOf(parts))
                        {
                            yield return (member.Name + "." + child.Name, child.Module);
                        }

                        break;
                    case null or OpaqueObject when !withLists && value is UnknownValue && _symbols.IsModule((member as IFieldSymbol)?.Type ?? (member as IPropertySymbol)?.Type):
                        yield return (member.Name, value);
                        break;
                }
            }
        }
    }

    // The modules below one, as modules() sees them; null if they are not all known.
    private List<(string Path, Value Module)>? Descendants(Value root, bool recurse)
    {
        var result = new List<(string, Value)>();
        var seen = new HashSet<int>();
        var pending = new Queue<(string Path, Value Module)>();
        pending.Enqueue(("", root));
        while (pending.Count > 0)
        {
            var (path, module) = pending.Dequeue();
            ImmutableList<ChildModule> children;
            switch (Read(module))
            {
                case ClassObject instance:
                    children = instance.Children;
                    break;
                case ContainerObject container when HasKnownParts(container):
                    children = container.Children.Any(child => child.Module is RepeatedValue)
                        ? container.Children.SelectMany(child => child.Module is RepeatedValue repeated ? repeated.Items.Select(item => new ChildModule("*", item)) : [child]).ToImmutableList()
                        : container.Children;
                    break;
                case LayerObject:
                    continue;
                default:
                    return null;
            }

            foreach (var child in children)
            {
                if (child.Module is not ReferenceValue { Id: var id })
                {
                    return null;
                }

                if (!seen.Add(id))
                {
                    continue;
                }

                var childPath = path.Length == 0 ? child.Name : path + "." + child.Name;
                result.Add((childPath, child.Module));
                if (recurse)
                {
                    pending.Enqueue((childPath, child.Module));
                }
            }
        }

        return result;
    }

    private Value Enumerate(string method, Value self, LayerArguments arguments)
    {
        var named = method.StartsWith("named_", StringComparison.Ordinal);
        var unknown = Value.Unknown($"'{method}' of a module that is not known");
        if (Descendants(self, recurse: !method.EndsWith("children", StringComparison.Ordinal)) is not { } modules)
        {
            return unknown;
        }

        var items = ImmutableList.CreateBuilder<Value>();
        void Add(string name, Value value) =>
            items.Add(named ? new TupleValue(ImmutableArray.Create(new ConstantValue(name), value)) : value);

        if (!method.EndsWith("parameters", StringComparison.Ordinal))
        {
            foreach (var (path, module) in modules)
            {
                Add(path, module);
            }

            return New(new ListObject(items.ToImmutable()));
        }

        if (arguments.Flag("recurse") is not true)
        {
            return unknown;
        }

        foreach (var (path, module) in modules.Append(("", self)))
        {
            var prefix = path.Length == 0 ? "" : path + ".";
            switch (Read(module))
            {
                case LayerObject layer when module is ReferenceValue { Id: var id }:
                    if (HasWeight(layer))
                    {
                        Add(prefix + "weight", new ParameterValue(id, IsBias: false));
                        if (layer.Bias is not null)
                        {
                            Add(prefix + "bias", new ParameterValue(id, IsBias: true));
                        }
                    }
                    else if (HasManyWeights(layer))
                    {
                        // All of them stand for the one weight and bias that are followed.
                        foreach (var weightName in ManyWeights(layer))
                        {
                            Add(prefix + weightName, Named(id, weightName));
                        }
                    }
                    else if (layer.Entry.Name == "PReLU")
                    {
                        // Parameters that are not followed by name, and are no weights of other layers.
                        Add(prefix + "weight", New(new OpaqueObject("a parameter")));
                    }

                    break;
                case ClassObject instance:
                    foreach (var pair in instance.Fields)
                    {
                        if (SymbolEqualityComparer.Default.Equals((pair.Key as IFieldSymbol)?.Type, _symbols.Parameter))
                        {
                            Add(prefix + pair.Key.Name, New(new OpaqueObject("a parameter")));
                        }
                    }

                    break;
            }
        }

        return New(new ListObject(items.ToImmutable()));
    }

    /// <summary>Calls a module with some inputs.</summary>
    private Value Forward(Value module, Value[] arguments, ITypeSymbol? resultType, SyntaxNode at)
    {
        if (_recorded is not null)
        {
            return OpaqueResult(resultType, "a forward pass while looking for constructors", at);
        }

        switch (Read(module))
        {
            case LayerObject layer when module is ReferenceValue { Id: var id }:
                return ForwardLayer(layer, id, arguments, resultType, at);
            case ContainerObject container when HasKnownParts(container) && _symbols.LayerOf(container.Type)?.Name == "Sequential" && arguments.Length == 1:
                var value = arguments[0];
                foreach (var child in container.Children)
                {
                    if (!IsReachable)
                    {
                        break;
                    }

                    value = child.Module is RepeatedValue repeated ? ForwardRepeated(repeated, value, at) : Forward(child.Module, [value], _symbols.Tensor, at);
                }

                return value;
            case ClassObject instance when ForwardOf(instance.Type, arguments.Length) is { } forward && _index.Body(forward, _cancellation) is { } body:
                return Inline(forward, body, module, forward.Parameters.Zip(arguments, (parameter, argument) => (parameter, argument)).ToList(), at);
            default:
                Escape("it is passed to a module that is not known", arguments.Where(argument => Read(argument) is not TensorObject).ToArray());
                return OpaqueResult(resultType, (module as UnknownValue)?.Reason ?? $"'{Shorten(at)}' calls a module that is not known", at, arguments);
        }
    }

    private Value ForwardLayer(LayerObject layer, int id, Value[] arguments, ITypeSymbol? resultType, SyntaxNode at)
    {
        var path = _paths.TryGetValue(id, out var known) ? known : null;
        LayerOperation? entry = null;
        var operation = IsStack(layer.Entry) ? StackOf(layer)
            : LayerOperations.ByName.TryGetValue(layer.Entry.Name, out entry) ? entry.Create(layer.Arguments, layer.Weight, layer.Bias)
            : null;
        if (layer.Entry.Name == "Transformer" && AttentionOperations.Whole(layer.Arguments, layer.Weight) is { } whole && arguments.Length >= 2)
        {
            return ForwardTransformer(whole, path, id, arguments, at);
        }

        if (operation is null || arguments.Length == 0)
        {
            var reason = entry is null && !IsStack(layer.Entry) ? $"{layer.Entry.Name} is not modelled" : $"the arguments of {layer.Entry.Name} are not known";
            return OpaqueResult(resultType ?? _symbols.Tensor, reason, at, arguments);
        }

        if (operation is EmbeddingOperation)
        {
            return NewTensor(AddNode(operation, at, path, id));
        }

        if (layer.Writes is { } writes)
        {
            operation = writes.AppliedTo(operation);
        }

        if (operation is RecurrentOperation sequence && NodeOf(arguments[0], at) is var source)
        {
            operation = sequence with { SequenceLength = LengthAt(source, layer.Arguments.Flag("batchFirst")) };
        }

        if (operation is RecurrentOperation or GatedCellOperation or RecurrentCellOperation or AttentionOperation or BilinearOperation or TransformerOperation)
        {
            return ForwardSequence(operation, path, id, arguments, at)
                ?? OpaqueResult(resultType ?? _symbols.Tensor, $"{layer.Entry.Name} takes or gives more than one tensor", at, arguments);
        }

        var result = NewTensor(AddNode(operation, at, path, id, NodeOf(arguments[0], at)));
        if (layer.Arguments.Flag("inplace") is true && arguments[0] is ReferenceValue reference && Read(reference) is TensorObject && Read(result) is { } changed)
        {
            Write(reference.Id, changed);
            return reference;
        }

        return result;
    }

    /// <summary>The method that <c>call</c> runs for a number of inputs; null if there is none.</summary>
    internal IMethodSymbol? ForwardOf(INamedTypeSymbol type, int inputs)
    {
        for (var t = type; t is not null && !IsTorchSharp(t); t = t.BaseType)
        {
            foreach (var member in t.GetMembers("forward"))
            {
                if (member is IMethodSymbol { IsStatic: false, IsAbstract: false } method && method.Parameters.Length == inputs)
                {
                    return method;
                }
            }
        }

        return null;
    }

    /// <summary>Names every module below a root by its path, before the forward pass.</summary>
    internal void NamePaths(Value root)
    {
        var pending = new Queue<(string Path, Value Module)>();
        pending.Enqueue(("", root));
        while (pending.Count > 0)
        {
            var (path, module) = pending.Dequeue();
            if (module is RepeatedValue repeated)
            {
                foreach (var item in repeated.Items)
                {
                    pending.Enqueue((path.Length > 0 && path[path.Length - 1] == '?' ? path.Substring(0, path.Length - 1) + "*" : path, item));
                }

                continue;
            }

            if (module is not ReferenceValue { Id: var id } || _paths.ContainsKey(id))
            {
                continue;
            }

            _paths[id] = path;
            IEnumerable<(string Name, Value Module)> children = Read(module) switch
            {
                ContainerObject container => container.Children.Select(child => (child.Name, child.Module)),
                ClassObject instance => ModuleFields(instance, withLists: true).Concat(instance.Children.Select(child => (child.Name, child.Module))),
                _ => [],
            };
            foreach (var (name, child) in children)
            {
                pending.Enqueue((path.Length == 0 ? name : path + "." + name, child));
            }
        }
    }
}
