using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Extraction;

/// <content>Fields, properties, elements and the creation of objects.</content>
internal sealed partial class Interpreter
{
    private Value Field(IFieldReferenceOperation field)
    {
        if (field.Field.IsStatic)
        {
            return Static(field.Field, field.Field.IsReadOnly);
        }

        var instance = Evaluate(field.Instance);
        if (instance is TupleValue tuple)
        {
            var element = field.Field.CorrespondingTupleField ?? field.Field;
            return element.Name.StartsWith("Item", StringComparison.Ordinal)
                && int.TryParse(element.Name.Substring(4), out var number) && number >= 1 && number <= tuple.Items.Length
                    ? tuple.Items[number - 1]
                    : Value.Unknown("an element of a tuple");
        }

        return ReadMember(instance, field.Field, field.Type);
    }

    private Value ReadMember(Value instance, ISymbol member, ITypeSymbol? type)
    {
        if (Read(instance) is ClassObject content)
        {
            if (content.Fields.TryGetValue(member.OriginalDefinition, out var value))
            {
                return value;
            }

            // Never assigned: as the runtime leaves it. A field of another assembly may hold anything.
            return !content.IsForeign && _symbols.Compilation.Assembly.Equals(member.ContainingAssembly, SymbolEqualityComparer.Default)
                ? DefaultOf(type)
                : Value.Unknown($"'{member.Name}' is not known");
        }

        return instance as UnknownValue ?? Value.Unknown($"'{member.Name}' is not known");
    }

    private void WriteMember(Value instance, ISymbol member, Value value)
    {
        if (instance is ReferenceValue reference && Read(reference) is ClassObject content)
        {
            Write(reference.Id, content with { Fields = content.Fields.SetItem(member.OriginalDefinition, value) });
        }
        else if (instance is UnknownValue unknown)
        {
            // It may be any object.
            Havoc(unknown.Reason);
        }
    }

    // A static member that is never assigned again has the value of its initialiser.
    private Value Static(ISymbol member, bool isReadOnly)
    {
        if (!(isReadOnly || _index.IsNeverWritten(member, _cancellation)) || _index.InitializerOf(member, _cancellation) is not { } initializer || !_staticsInProgress.Add(member))
        {
            return Value.Unknown($"'{member.Name}' is not known");
        }

        var outer = _frame;
        _frame = new Frame(_nextFrame++, null);
        var value = Evaluate(initializer);
        _frame = outer;
        _staticsInProgress.Remove(member);
        return value;
    }

    private Value Property(IPropertyReferenceOperation reference)
    {
        var property = reference.Property;
        if (reference.Instance is null)
        {
            return IsAuto(property) ? Static(property, property.IsReadOnly)
                : property.GetMethod is { } getter && _index.Body(getter, _cancellation) is { } body ? Inline(getter, body, null, [], reference.Syntax)
                : Value.Unknown($"'{property.Name}' is not known");
        }

        var instance = Evaluate(reference.Instance);
        if (property.IsIndexer)
        {
            var indices = reference.Arguments.Select(argument => Evaluate(argument.Value)).ToArray();
            return Read(instance) is TensorObject tensor
                ? ElementOfTensor(tensor, indices, reference.Arguments, reference.Syntax)
                : Element(instance, indices);
        }

        switch (Read(instance))
        {
            case ListObject list when property.Name is "Count" or "Length":
                return new ConstantValue((long)list.Items.Count);
            case MapObject map when PropertyOfMap(map, property.Name) is { } known:
                return known;
            case ContainerObject container when property.Name == "Count":
                return IsKnown(container) ? new ConstantValue((long)container.Children.Count) : Value.Unknown("the number of modules");
            case LayerObject layer when instance is ReferenceValue { Id: var id }:
                return LayerProperty(layer, id, property);
            case ClassObject or ContainerObject when IsTraining(property):
                // What matters is the gradient in training.
                return s_true;
            case ClassObject { IsForeign: true } when property.IsVirtual || property.IsOverride || property.IsAbstract:
                return Value.Unknown($"'{property.Name}' may be overridden");
            case ClassObject content when property.GetMethod is { } getter:
                getter = Override(getter, content.Type, reference.Syntax);
                property = getter.AssociatedSymbol as IPropertySymbol ?? property;
                return IsAuto(property) || _index.Body(getter, _cancellation) is not { } body
                    ? ReadMember(instance, property, property.Type)
                    : Inline(getter, body, instance, [], reference.Syntax);
        }

        if (property.ContainingType?.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T)
        {
            return property.Name == "HasValue" ? Truth(IsNull(instance)) is { } isNull ? isNull ? s_false : s_true : Value.Unknown("it may be null") : instance;
        }

        if (instance is TupleValue parts && property.Name.StartsWith("Item", StringComparison.Ordinal)
            && int.TryParse(property.Name.Substring(4), out var part) && part >= 1 && part <= parts.Items.Length)
        {
            return parts.Items[part - 1];
        }

        // An entry of a dictionary.
        if (instance is TupleValue { Items: [var key, var item] } && property.Name is "Key" or "Value")
        {
            return property.Name == "Key" ? key : item;
        }

        if (instance is ParameterValue && property.Name == "IsInvalid")
        {
            return s_false;
        }

        if (instance is ParameterValue parameter && property.Name is "ndim" or "Dimensions")
        {
            return Dimensions(parameter);
        }

        // p.shape.Length, of which the sizes themselves are not followed.
        if (instance is ParameterValue sized && property.Name == "shape" && Dimensions(sized) is ConstantValue { Content: long dimensions })
        {
            return New(new ListObject(Enumerable.Repeat((Value)Value.Unknown("the size of a parameter"), (int)dimensions).ToImmutableList()));
        }

        if (instance is ConstantValue { Content: string text } && property.Name == "Length")
        {
            return new ConstantValue((long)text.Length);
        }

        return instance as UnknownValue
            ?? (_symbols.IsTensor(property.Type) ? UnknownTensor($"'{property.Name}' is not modelled", reference.Syntax, instance) : Value.Unknown($"'{property.Name}' is not known"));
    }

    private bool IsTraining(IPropertySymbol property) =>
        property.Name == "training" && SymbolEqualityComparer.Default.Equals(property.ContainingType, _symbols.Module);

    private Value LayerProperty(LayerObject layer, int id, IPropertySymbol property)
    {
        switch (property.Name)
        {
            case "weight" when HasWeight(layer):
                return new ParameterValue(id, IsBias: false);
            case "bias" when HasWeight(layer):
                return layer.Bias is null ? Value.Null : new ParameterValue(id, IsBias: true);
            case "in_features" or "in_channels":
                return Constant(layer.Arguments.Count("inputSize") ?? layer.Arguments.Count("in_channels"));
            case var name when HasManyWeights(layer) && _symbols.IsTensor(property.Type):
                return Named(id, name);
            case "out_features" or "out_channels":
                return Constant(layer.Arguments.Count("outputSize") ?? layer.Arguments.Count("out_channels"));
            case "training":
                return s_true;
            default:
                // A parameter that is not followed by name: an initialiser on it must not be taken for one on the weight.
                return _symbols.IsTensor(property.Type) ? New(new OpaqueObject($"the parameter '{property.Name}'")) : Value.Unknown($"'{property.Name}' is not known");
        }
    }

    private static Value Constant(long? number) => number is { } known ? new ConstantValue(known) : Value.Unknown("a size is not known");

    private static bool HasWeight(LayerObject layer) =>
        layer.Entry.Family is LayerFamily.Linear or LayerFamily.Convolution or LayerFamily.TransposedConvolution
            or LayerFamily.Embedding or LayerFamily.Normalization;

    private static bool HasManyWeights(LayerObject layer) =>
        layer.Entry.Family is LayerFamily.Recurrent or LayerFamily.RecurrentCell or LayerFamily.Attention;

    private static IEnumerable<string> ManyWeights(LayerObject layer) => layer.Entry.Family switch
    {
        LayerFamily.Recurrent => RecurrentWrites.NamesOf(layer.Arguments),
        LayerFamily.RecurrentCell => ["weight_ih", "weight_hh", "bias_ih", "bias_hh"],
        _ => ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"],
    };

    private static ParameterValue Named(int id, string name) => new(id, IsBias: name.IndexOf("bias", StringComparison.Ordinal) >= 0, name);

    private Value Dimensions(ParameterValue parameter)
    {
        if (parameter.IsBias)
        {
            return new ConstantValue(1L);
        }

        return Read(new ReferenceValue(parameter.Layer)) is LayerObject layer
            ? layer.Entry.Family switch
            {
                LayerFamily.Linear when layer.Entry.Name == "Linear" => new ConstantValue(2L),
                LayerFamily.Embedding or LayerFamily.Recurrent or LayerFamily.RecurrentCell or LayerFamily.Attention => new ConstantValue(2L),
                LayerFamily.Convolution or LayerFamily.TransposedConvolution =>
                    new ConstantValue((long)(layer.Entry.Name[layer.Entry.Name.Length - 2] - '0' + 2)),
                LayerFamily.Normalization when layer.Entry.Name != "LayerNorm" || layer.Arguments.Number("normalized_shape") is not null => new ConstantValue(1L),
                LayerFamily.Normalization when layer.Arguments.Numbers("normalized_shape") is { } sizes => new ConstantValue((long)sizes.Count),
                _ => Value.Unknown("a number of dimensions"),
            }
            : Value.Unknown("a number of dimensions");
    }

    private void AssignProperty(IPropertyReferenceOperation target, Value value)
    {
        var property = target.Property;
        if (target.Instance is null)
        {
            return;
        }

        var instance = Evaluate(target.Instance);
        if (property.IsIndexer)
        {
            var indices = target.Arguments.Select(argument => Evaluate(argument.Value)).ToArray();
            if (instance is ReferenceValue assigned && Read(instance) is TensorObject tensor)
            {
                Write(assigned.Id, Assigned(tensor, value, target.Arguments, target.Syntax));
            }
            else if (instance is ParameterValue or ParameterRows)
            {
                Overwritten(instance, $"a part of '{Shorten(target.Syntax)}' is assigned");
            }
            else
            {
                SetElement(instance, indices, value);
            }

            return;
        }

        switch (Read(instance))
        {
            case LayerObject when instance is ReferenceValue { Id: var id } && _symbols.IsTensor(property.Type):
                // A new weight, of unknown content.
                Escape($"'{Shorten(target.Syntax)}' is replaced", new ParameterValue(id, property.Name == "bias"));
                break;
            case ClassObject content when property.SetMethod is { } setter && !IsAuto(property) && _index.Body(Override(setter, content.Type, target.Syntax), _cancellation) is { } body:
                Inline(setter, body, instance, setter.Parameters.Length > 0 ? [(setter.Parameters[setter.Parameters.Length - 1], value)] : [], target.Syntax);
                break;
            case ClassObject:
                WriteMember(instance, property, value);
                break;
            default:
                if (instance is UnknownValue unknown)
                {
                    Havoc(unknown.Reason);
                }

                break;
        }
    }

    // A property whose accessors the compiler writes.
    private static bool IsAuto(IPropertySymbol property) =>
        property.ContainingType?.GetMembers().OfType<IFieldSymbol>().Any(field =>
            SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property.OriginalDefinition)
            || SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property)) == true;

    private Value Element(Value collection, Value[] indices)
    {
        if (indices.Length == 1 && indices[0] is ConstantValue index)
        {
            switch (Read(collection), index.Content)
            {
                case (MapObject map, _):
                    return ElementOfMap(map, index);
                case (ListObject list, long i) when i >= 0 && i < list.Items.Count:
                    return list.Items[(int)i];
                case (ContainerObject container, long i) when IsKnown(container) && i >= 0 && i < container.Children.Count:
                    return container.Children[(int)i].Module;
                case (ContainerObject container, string name) when IsKnown(container):
                    return container.Children.FirstOrDefault(child => child.Name == name)?.Module ?? Value.Unknown($"there is no '{name}'");
            }
        }

        if (indices.Length == 1 && PartsOf(collection) is { } parts && ElementOfParts(parts, indices[0]) is { } part)
        {
            return part;
        }

        if (indices.Length == 1 && Read(collection) is MapObject entries)
        {
            return ElementOfMap(entries, indices[0]);
        }

        return collection as UnknownValue ?? Value.Unknown("an element that is not known");
    }

    private void SetElement(Value collection, Value[] indices, Value value)
    {
        if (collection is ReferenceValue reference && indices.Length == 1)
        {
            switch (Read(reference), (indices[0] as ConstantValue)?.Content)
            {
                case (ListObject list, long i) when i >= 0 && i < list.Items.Count:
                    Write(reference.Id, new ListObject(list.Items.SetItem((int)i, value)));
                    return;
                case (ContainerObject container, long i) when IsKnown(container) && i >= 0 && i < container.Children.Count:
                    Write(reference.Id, container with { Children = container.Children.SetItem((int)i, container.Children[(int)i] with { Module = value }) });
                    return;
                case (ContainerObject container, string name) when IsKnown(container):
                    var at = container.Children.FindIndex(child => child.Name == name);
                    var added = new ChildModule(name, value);
                    Write(reference.Id, container with { Children = at < 0 ? container.Children.Add(added) : container.Children.SetItem(at, added) });
                    return;
                case (ContainerObject container, _):
                    Write(reference.Id, container with { Children = ImmutableList.Create(new ChildModule("?", Value.Unknown("a module at an unknown place"))) });
                    return;
                case (MapObject map, _) when indices[0] is ConstantValue:
                    Write(reference.Id, With(map, indices[0], value));
                    return;
                case (ListObject or MapObject or OpaqueObject { Parts: not null }, _):
                    Write(reference.Id, new OpaqueObject("an element at an unknown place was assigned"));
                    return;
            }
        }
    }

    private static bool IsKnown(ContainerObject container) => !container.Children.Any(child => child.Name == "?");

    // The elements of a sequence; null if they are not known.
    private IReadOnlyList<Value>? Items(Value sequence) => Read(sequence) switch
    {
        ListObject list => list.Items,
        MapObject map => map.Entries.Select(entry => (Value)new TupleValue(ImmutableArray.Create(entry.Key, entry.Item))).ToArray(),
        ContainerObject container when IsKnown(container) => _symbols.LayerOf(container.Type)?.Name == "ModuleDict"
            ? container.Children.Select(child => (Value)new TupleValue(ImmutableArray.Create(new ConstantValue(child.Name), child.Module))).ToArray()
            : container.Children.Select(child => child.Module).ToArray(),
        _ => null,
    };

    private Value Array(IArrayCreationOperation array)
    {
        if (array.Initializer is { } initializer)
        {
            return Evaluate(initializer);
        }

        if (array.DimensionSizes.Length == 1 && Evaluate(array.DimensionSizes[0]) is ConstantValue { Content: long and >= 0 and <= 10_000 and var length })
        {
            var element = DefaultOf((array.Type as IArrayTypeSymbol)?.ElementType);
            return New(new ListObject(Enumerable.Repeat(element, (int)length).ToImmutableList()));
        }

        return Value.Unknown("an array of unknown length");
    }

    private Value Create(IObjectCreationOperation creation)
    {
        var arguments = Bind(creation.Arguments);
        var value = Create(creation, arguments);
        return creation.Initializer is null ? value : Initialize(value, creation.Initializer);
    }

    private Value Create(IObjectCreationOperation creation, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        if (creation.Type is not INamedTypeSymbol type || creation.Constructor is not { } constructor)
        {
            return Value.Unknown("an object of a type that is not known");
        }

        if (IsTorchSharp(type))
        {
            return CreateTorchSharp(type, arguments, creation.Syntax);
        }

        if (SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, _symbols.Compilation.Assembly))
        {
            Record(creation, type, constructor, arguments);
            return Construct(type, constructor, arguments, creation.Syntax);
        }

        if (type.ContainingNamespace?.ToDisplayString() == "System.Collections.Generic")
        {
            if (type.Name is "Dictionary" or "SortedDictionary" && arguments.All(argument => Read(argument.Value) is null))
            {
                return New(new MapObject(ImmutableList<MapEntry>.Empty));
            }

            return arguments.Count == 0 || arguments[0].Value is ConstantValue
                ? type.Name is "List" or "Queue" or "Stack" or "LinkedList"
                    ? New(new ListObject(ImmutableList<Value>.Empty))
                    : New(new OpaqueObject($"a {type.Name} is not followed"))
                : Items(arguments[0].Value) is { } items && type.Name == "List"
                    ? New(new ListObject(items.ToImmutableList()))
                    : PartsOf(arguments[0].Value) is { } parts && type.Name == "List" ? New(new OpaqueObject(Uncounted) { Parts = parts.ToImmutableList() })
                    : New(new OpaqueObject($"a {type.Name} is not followed"));
        }

        if (type is { Name: "Tuple" or "ValueTuple" })
        {
            return new TupleValue(arguments.Select(argument => argument.Value).ToImmutableArray());
        }

        if (!IsHarmless(type))
        {
            Escape($"'{type.Name}' is not declared here", arguments.Select(argument => argument.Value).ToArray());
        }

        return New(new OpaqueObject($"a {type.Name} is not followed"));
    }

    /// <summary>Makes an object of a class of the compilation: field initialisers, base constructor, body.</summary>
    private Value Construct(INamedTypeSymbol type, IMethodSymbol constructor, List<(IParameterSymbol Parameter, Value Value)> arguments, SyntaxNode at)
    {
        if (_calls >= _budget.Calls)
        {
            Escape("objects are made within each other too deeply", arguments.Select(argument => argument.Value).ToArray());
            return Value.Unknown("objects are made within each other too deeply");
        }

        var self = New(new ClassObject(
            type, ImmutableDictionary.Create<ISymbol, Value>(SymbolEqualityComparer.Default), ImmutableList<ChildModule>.Empty, false, OriginOf(at)));
        RunConstructor(self, type, constructor, arguments, at);
        return self;
    }

    private void RunConstructor(
        Value self, INamedTypeSymbol type, IMethodSymbol constructor, List<(IParameterSymbol Parameter, Value Value)> arguments, SyntaxNode at)
    {
        if (_calls >= _budget.Calls || _state is null)
        {
            return;
        }

        var (outerFrame, outerSite) = (_frame, _site);
        _calls++;
        EnterCode(type, at);
        _frame = new Frame(_nextFrame++, self);
        if (_symbols.IsModule(type))
        {
            arguments = arguments.Select(argument => (argument.Parameter, StandIn(argument.Parameter.Type, argument.Value))).ToList();
        }

        foreach (var (parameter, value) in arguments)
        {
            Set(parameter.OriginalDefinition, value);
        }

        var declaration = constructor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellation);
        if (declaration is TypeDeclarationSyntax primary)
        {
            CapturePrimary(self, type, arguments);
            RunInitializers(self, type);
            RunBase(self, type, PrimaryBase(primary), at);
        }
        else
        {
            var body = _index.Body(constructor, _cancellation);
            var chained = (body as IConstructorBodyOperation)?.Initializer is IExpressionStatementOperation { Operation: IInvocationOperation call } ? call : null;
            if (declaration is ConstructorDeclarationSyntax { Initializer.ThisOrBaseKeyword.RawKind: (int)Microsoft.CodeAnalysis.CSharp.SyntaxKind.ThisKeyword } && chained is not null)
            {
                RunConstructor(self, type, chained.TargetMethod, Bind(chained.Arguments), chained.Syntax);
            }
            else
            {
                RunInitializers(self, type);
                RunBase(self, type, chained, at);
            }

            Execute(body);
            var end = _state;
            foreach (var (_, state) in _frame.Returns)
            {
                end = Merge(end, state, at);
            }

            _state = end;
        }

        _calls--;
        (_frame, _site) = (outerFrame, outerSite);
    }

    private IInvocationOperation? PrimaryBase(TypeDeclarationSyntax declaration) =>
        declaration.BaseList?.Types.OfType<PrimaryConstructorBaseTypeSyntax>().FirstOrDefault() is { } baseType
            ? _index.Operation(baseType, _cancellation) switch
            {
                IInvocationOperation call => call,
                IExpressionStatementOperation { Operation: IInvocationOperation call } => call,
                _ => null,
            }
            : null;

    // The parameters of a primary constructor stay visible; those of a record are properties too.
    private void CapturePrimary(Value self, INamedTypeSymbol type, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        foreach (var (parameter, value) in arguments)
        {
            WriteMember(self, parameter.OriginalDefinition, value);
            if (type.IsRecord && type.OriginalDefinition.GetMembers(parameter.Name).OfType<IPropertySymbol>().FirstOrDefault() is { } property)
            {
                WriteMember(self, property, value);
            }
        }
    }

    private void RunInitializers(Value self, INamedTypeSymbol type)
    {
        foreach (var member in type.OriginalDefinition.GetMembers())
        {
            if (member is IFieldSymbol { IsStatic: false, IsConst: false, AssociatedSymbol: null } or IPropertySymbol { IsStatic: false }
                && _index.InitializerOf(member, _cancellation) is { } initializer)
            {
                WriteMember(self, member, Evaluate(initializer));
            }
        }
    }

    private void RunBase(Value self, INamedTypeSymbol type, IInvocationOperation? chained, SyntaxNode at)
    {
        var parent = type.BaseType;
        if (parent is null || parent.SpecialType is SpecialType.System_Object or SpecialType.System_ValueType)
        {
            return;
        }

        if (SymbolEqualityComparer.Default.Equals(parent.ContainingAssembly, _symbols.Compilation.Assembly))
        {
            var constructor = chained?.TargetMethod ?? parent.InstanceConstructors.FirstOrDefault(candidate => candidate.Parameters.All(parameter => parameter.IsOptional));
            if (constructor is not null)
            {
                RunConstructor(self, parent, constructor, chained is null ? [] : Bind(chained.Arguments), chained?.Syntax ?? at);
            }
        }
        else if (IsTorchSharp(parent))
        {
            Bind(chained?.Arguments ?? ImmutableArray<IArgumentOperation>.Empty);
        }
        else
        {
            // A base class whose source is not here may hold layers of its own.
            _unknowns.Add($"the base class '{parent.Name}' is declared in another assembly");
        }
    }

    private Value Initialize(Value instance, IObjectOrCollectionInitializerOperation initializer)
    {
        _frame.Initialized.Push(instance);
        foreach (var part in initializer.Initializers)
        {
            Evaluate(part);
        }

        _frame.Initialized.Pop();
        return instance;
    }

    private Value With(IWithOperation with)
    {
        var operand = Evaluate(with.Operand);
        Value copy = Read(operand) is ClassObject content ? New(content) : Value.Unknown("a copy of something that is not known");
        return Initialize(copy, with.Initializer);
    }
}
