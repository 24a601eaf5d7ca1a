using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Extraction;

/// <content>Expressions.</content>
internal sealed partial class Interpreter
{
    private static readonly ConstantValue s_true = new(true);
    private static readonly ConstantValue s_false = new(false);

    private Value Evaluate(IOperation? operation)
    {
        if (operation is null)
        {
            return Value.Unknown("there is no expression");
        }

        if (!IsReachable || !Spend())
        {
            return Value.Unknown("the analysis reached its limit");
        }

        if (_evaluated.Count > 0 && _evaluated.TryGetValue(operation, out var known))
        {
            _evaluated.Remove(operation);
            return known;
        }

        if (operation.ConstantValue is { HasValue: true, Value: var constant })
        {
            return Arithmetic.Normalize(constant) is { } normal ? new ConstantValue(normal)
                : constant is null ? Value.Null : Value.Unknown("a constant of a type that is not followed");
        }

        var first = EvaluateSpine(operation);
        if (_depth >= _budget.Depth)
        {
            Havoc("the code is nested too deeply");
            return Value.Unknown("the code is nested too deeply");
        }

        _depth++;
        var value = Operate(operation);
        _depth--;
        if (first is not null)
        {
            _evaluated.Remove(first);
        }

        return value;
    }

    // a.b().c().d() and a + b + c are nested on their left, as deep as the source is long: from the inside out, so that
    // the stack does not grow with it.
    private IOperation? EvaluateSpine(IOperation operation)
    {
        if (Receiver(operation) is not { } first || Receiver(first) is not { } second || Receiver(second) is null
            || _evaluated.ContainsKey(first))
        {
            return null;
        }

        var spine = new Stack<IOperation>();
        for (IOperation? at = first; at is not null && !_evaluated.ContainsKey(at); at = Receiver(at))
        {
            spine.Push(at);
        }

        while (spine.Count > 0)
        {
            var next = spine.Pop();
            _evaluated[next] = next.ConstantValue.HasValue || Receiver(next) is null ? Evaluate(next) : OperateShallow(next);
            if (Receiver(next) is { } used)
            {
                _evaluated.Remove(used);
            }
        }

        return first;
    }

    private Value OperateShallow(IOperation operation)
    {
        if (!Spend())
        {
            return Value.Unknown("the analysis reached its limit");
        }

        _depth++;
        var value = Operate(operation);
        _depth--;
        return value;
    }

    // What an operation evaluates first, if it can be evaluated apart.
    private static IOperation? Receiver(IOperation operation) => operation switch
    {
        IInvocationOperation { Instance: { } instance } => instance,
        IInvocationOperation { TargetMethod.IsExtensionMethod: true, Arguments: { Length: > 0 } arguments } => arguments[0].Value,
        IBinaryOperation { OperatorKind: not (BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr) } binary => binary.LeftOperand,
        IPropertyReferenceOperation { Instance: { } instance } => instance,
        IConversionOperation conversion => conversion.Operand,
        _ => null,
    };

    private Value Operate(IOperation operation)
    {
        switch (operation)
        {
            case IParenthesizedOperation inner:
                return Evaluate(inner.Operand);
            case IAwaitOperation awaited:
                return Evaluate(awaited.Operation);
            case IConversionOperation conversion:
                return Convert(conversion);
            case ILocalReferenceOperation local:
                return Get(local.Local);
            case IParameterReferenceOperation parameter:
                return Parameter(parameter.Parameter);
            case IInstanceReferenceOperation instance:
                return instance.ReferenceKind == InstanceReferenceKind.ImplicitReceiver && _frame.Initialized.Count > 0
                    ? _frame.Initialized.Peek()
                    : _frame.Self ?? Value.Unknown("'this' is not known");
            case IFieldReferenceOperation field:
                return Field(field);
            case IPropertyReferenceOperation property:
                return Property(property);
            case IInvocationOperation call:
                return Invoke(call);
            case IObjectCreationOperation creation:
                return Create(creation);
            case IArrayCreationOperation array:
                return Array(array);
            case IArrayInitializerOperation initializer:
                return New(new ListObject(initializer.ElementValues.Select(Evaluate).ToImmutableList()));
            case IArrayElementReferenceOperation element:
                return Element(Evaluate(element.ArrayReference), element.Indices.Select(Evaluate).ToArray());
            case ITupleOperation tuple:
                return new TupleValue(tuple.Elements.Select(Evaluate).ToImmutableArray());
            case IBinaryOperation binary:
                return Binary(binary);
            case IUnaryOperation unary:
                return Unary(unary);
            case ISimpleAssignmentOperation assignment:
                return Assign(assignment.Target, Evaluate(assignment.Value));
            case ICompoundAssignmentOperation compound:
                return Assign(compound.Target, Compound(compound));
            case IIncrementOrDecrementOperation step:
                return Increment(step);
            case IDeconstructionAssignmentOperation deconstruction:
                return Assign(deconstruction.Target, Evaluate(deconstruction.Value));
            case ICoalesceAssignmentOperation assignment:
                return Truth(IsNull(Evaluate(assignment.Target))) switch
                {
                    true => Assign(assignment.Target, Evaluate(assignment.Value)),
                    false => Evaluate(assignment.Target),
                    _ => Assign(assignment.Target, Value.Unknown(Differs)),
                };
            case IConditionalOperation choice:
                return Choose(choice);
            case ICoalesceOperation coalesce:
                return Coalesce(coalesce);
            case IConditionalAccessOperation access:
                return Access(access);
            case IConditionalAccessInstanceOperation:
                return _frame.ConditionalReceivers.Count > 0 ? _frame.ConditionalReceivers.Peek() : Value.Unknown("a receiver is not known");
            case ISwitchExpressionOperation choice:
                return SwitchExpression(choice);
            case IIsPatternOperation test:
                return Known(Match(test.Pattern, Evaluate(test.Value)), "a pattern");
            case IIsTypeOperation test:
                return Known(IsOfType(Evaluate(test.ValueOperand), test.TypeOperand) is { } match ? match != test.IsNegated : null, "a type test");
            case IDelegateCreationOperation creation:
                return Evaluate(creation.Target);
            case IAnonymousFunctionOperation function:
                return new FunctionValue(function.Symbol, function.Body, _frame.Id, _frame.Self);
            case IMethodReferenceOperation method:
                return new FunctionValue(method.Method, null, _frame.Id, method.Instance is null ? null : Evaluate(method.Instance));
            case IInterpolatedStringOperation text:
                return Interpolate(text);
            case IDefaultValueOperation fallback:
                return DefaultOf(fallback.Type);
            case IDeclarationExpressionOperation declaration:
                return Evaluate(declaration.Expression);
            case IWithOperation with:
                return With(with);
            case IObjectOrCollectionInitializerOperation initializer:
                return Initialize(_frame.Initialized.Count > 0 ? _frame.Initialized.Peek() : Value.Unknown("an initialiser"), initializer);
            case IMemberInitializerOperation member:
                return Initialize(Evaluate(member.InitializedMember), member.Initializer);
            case IThrowOperation thrown:
                Evaluate(thrown.Exception);
                _state = null;
                return Value.Unknown("it throws");
            case ITypeOfOperation or INameOfOperation or ISizeOfOperation or IDiscardOperation or ILiteralOperation:
                return Value.Unknown("a value of the language that is not followed");
        }

        // C# 12: the compiler that this was built against has no operation for it, newer ones do.
        if (operation.Syntax is CollectionExpressionSyntax)
        {
            return Collection(operation);
        }

        return NotUnderstood(operation);
    }


    private Value NotUnderstood(IOperation operation)
    {
        var parts = operation.ChildOperations.Select(Evaluate).ToArray();
        var reason = $"'{Shorten(operation.Syntax)}' is not followed";
        Escape(reason, parts);
        return _symbols.IsTensor(operation.Type) ? UnknownTensor(reason, operation.Syntax, parts) : Value.Unknown(reason);
    }

    private Value Collection(IOperation operation)
    {
        var items = ImmutableList.CreateBuilder<Value>();
        foreach (var child in operation.ChildOperations)
        {
            if (child.Syntax is SpreadElementSyntax)
            {
                var spread = child.ChildOperations.FirstOrDefault();
                if (Items(Evaluate(spread ?? child)) is not { } more)
                {
                    return Value.Unknown("a collection of unknown length");
                }

                items.AddRange(more);
            }
            else
            {
                items.Add(Evaluate(child));
            }
        }

        // The compiler may hide the elements of what it has no operation for.
        var expected = ((CollectionExpressionSyntax)operation.Syntax).Elements.Count;
        return operation.ChildOperations.Count == expected
            ? New(new ListObject(items.ToImmutable()))
            : Value.Unknown("a collection expression");
    }

    private static Value Known(bool? truth, string what) =>
        truth is null ? Value.Unknown($"{what} is not decided here") : truth.Value ? s_true : s_false;

    private static bool? Truth(Value value) => value is ConstantValue { Content: bool truth } ? truth : null;

    private Value IsNull(Value value) => value switch
    {
        ConstantValue constant => constant.Content is null ? s_true : s_false,
        UnknownValue => value,
        ReferenceValue when Read(value) is null or OpaqueObject => Value.Unknown("it may be null"),
        _ => s_false,
    };

    private bool? Equality(Value a, Value b) => (a, b) switch
    {
        (ConstantValue x, ConstantValue y) => Truth(Arithmetic.Binary(BinaryOperatorKind.Equals, x.Content, y.Content) ?? Value.Unknown("")),
        (ConstantValue { Content: null }, _) => Truth(IsNull(b)),
        (_, ConstantValue { Content: null }) => Truth(IsNull(a)),
        (ReferenceValue x, ReferenceValue y) when Read(x) is CreatedObject && Read(y) is CreatedObject => x.Id == y.Id,
        _ => null,
    };

    private Value Convert(IConversionOperation conversion)
    {
        var operand = Evaluate(conversion.Operand);
        if (conversion.IsTryCast && IsOfType(operand, conversion.Type) is var match and not true)
        {
            return match is false ? Value.Null : Value.Unknown("a cast that may fail");
        }

        return operand switch
        {
            ConstantValue constant => new ConstantValue(Arithmetic.ConvertTo(constant.Content, conversion.Type)),
            SizeValue size => new SizeValue(Arithmetic.ConvertTo(size.Sample, conversion.Type) ?? size.Sample),
            _ => operand,
        };
    }

    // The parameters of a primary constructor live on as state of the object.
    private Value Parameter(IParameterSymbol parameter)
    {
        if (_state is not null && _state.Variables.TryGetValue(new Variable(_frame.Id, parameter), out var value))
        {
            return value;
        }

        return Read(_frame.Self) is ClassObject self && self.Fields.TryGetValue(parameter.OriginalDefinition, out var captured)
            ? captured
            : Value.Unknown($"the parameter '{parameter.Name}' is not known");
    }

    private Value Binary(IBinaryOperation binary)
    {
        var left = Evaluate(binary.LeftOperand);
        if (binary.OperatorKind is BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr)
        {
            var decides = binary.OperatorKind == BinaryOperatorKind.ConditionalOr;
            if (Truth(left) is { } first)
            {
                return first == decides ? left : Evaluate(binary.RightOperand);
            }

            var before = _state;
            var second = Evaluate(binary.RightOperand);
            _state = Merge(before, _state, binary.Syntax);
            return Truth(second) == decides ? second : Value.Unknown(Differs);
        }

        return Combine(binary.OperatorKind, left, Evaluate(binary.RightOperand), binary.Type, binary.Syntax);
    }

    private Value Combine(BinaryOperatorKind kind, Value left, Value right, ITypeSymbol? type, SyntaxNode at)
    {
        if (_symbols.IsTensor(type) && kind is not (BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals))
        {
            return TensorArithmetic(kind, left, right, at);
        }

        if (left is ConstantValue x && right is ConstantValue y)
        {
            return Arithmetic.Binary(kind, x.Content, y.Content) ?? Value.Unknown("an operator that is not followed");
        }

        if ((SizeOf(kind, left, right) ?? CompareCounter(kind, left, right)) is { } known)
        {
            return known;
        }

        return kind switch
        {
            BinaryOperatorKind.Equals => Known(Equality(left, right), "a comparison"),
            BinaryOperatorKind.NotEquals => Known(!Equality(left, right), "a comparison"),
            _ => Derived(left) ?? Derived(right) ?? Value.Unknown("an operator on values that are not followed"),
        };
    }

    private Value TensorArithmetic(BinaryOperatorKind kind, Value left, Value right, SyntaxNode at)
    {
        switch (kind)
        {
            case BinaryOperatorKind.Multiply when Factor(left) is { } factor:
                return Scaled(right, factor, at);
            case BinaryOperatorKind.Multiply when Factor(right) is { } factor:
                return Scaled(left, factor, at);
            case BinaryOperatorKind.Divide when Factor(right) is { } divisor && divisor != 0:
                return Scaled(left, 1 / divisor, at);
            case BinaryOperatorKind.Add or BinaryOperatorKind.Subtract when IsTensorLike(left) && IsTensorLike(right):
                return Sum(left, right, kind == BinaryOperatorKind.Add ? 1 : -1, at);
            case BinaryOperatorKind.Add or BinaryOperatorKind.Subtract when Factor(left) is { } shift && IsTensorLike(right):
                return Sum(Shift(shift, at), right, kind == BinaryOperatorKind.Add ? 1 : -1, at);
            case BinaryOperatorKind.Add or BinaryOperatorKind.Subtract when Factor(right) is { } shift && IsTensorLike(left):
                return Sum(left, Shift(shift, at), kind == BinaryOperatorKind.Add ? 1 : -1, at);
            case BinaryOperatorKind.Multiply when IsTensorLike(left) && IsTensorLike(right):
                return NewTensor(AddNode(new MultiplyOperation(), at, null, null, NodeOf(left, at), NodeOf(right, at)));
            default:
                return UnknownTensor($"'{Shorten(at)}' is not modelled", at, left, right);
        }
    }

    private Value Sum(Value left, Value right, double scale, SyntaxNode at)
    {
        int a = NodeOf(left, at), b = NodeOf(right, at);
        return NewTensor(AddNode(new AddOperation(new EquatableList<double>(1, scale)), at, null, null, a, b));
    }

    // 1 - t: a tensor that is the same number everywhere.
    private Value Shift(double number, SyntaxNode at) => NewTensor(AddNode(new InputOperation(number * number, number), at));

    private Value Scaled(Value tensor, double factor, SyntaxNode at) =>
        NewTensor(AddNode(new ScaleOperation(factor), at, null, null, NodeOf(tensor, at)));

    private bool IsTensorLike(Value value) => Read(value) is TensorObject || value is UnknownValue;

    private static double? Factor(Value value) =>
        NumberIn(value) is { } number && Arithmetic.ToDouble(number) is var factor
        && !double.IsNaN(factor) && !double.IsInfinity(factor)
            ? factor
            : null;

    private Value Unary(IUnaryOperation unary)
    {
        var operand = Evaluate(unary.Operand);
        return operand switch
        {
            ConstantValue constant => Arithmetic.Unary(unary.OperatorKind, constant.Content) ?? Value.Unknown("an operator that is not followed"),
            SizeValue size => Arithmetic.Unary(unary.OperatorKind, size.Sample) is ConstantValue { Content: { } negated } ? new SizeValue(negated) : Value.Unknown("an operator that is not followed"),
            _ when unary.OperatorKind == UnaryOperatorKind.Minus && Read(operand) is TensorObject => Scaled(operand, -1, unary.Syntax),
            _ when _symbols.IsTensor(unary.Type) => UnknownTensor($"'{Shorten(unary.Syntax)}' is not modelled", unary.Syntax, operand),
            _ => Derived(operand) ?? Value.Unknown("an operator that is not followed"),
        };
    }

    // !x is as unknown as x, but not the same value.
    private static UnknownValue? Derived(Value value) => value is UnknownValue unknown ? unknown with { Id = 0 } : null;

    private Value Compound(ICompoundAssignmentOperation compound) =>
        Combine(compound.OperatorKind, Evaluate(compound.Target), Evaluate(compound.Value), compound.Type, compound.Syntax);

    private Value Increment(IIncrementOrDecrementOperation step)
    {
        var before = Evaluate(step.Target);
        var kind = step.Kind == OperationKind.Increment ? BinaryOperatorKind.Add : BinaryOperatorKind.Subtract;
        var after = before is ConstantValue constant
            ? Arithmetic.Binary(kind, constant.Content, 1L) ?? Value.Unknown("an operator that is not followed")
            : Value.Unknown("a counter that is not known");
        Assign(step.Target, after);
        return step.IsPostfix ? before : after;
    }

    private Value Choose(IConditionalOperation choice)
    {
        if (Decide(choice.Condition) is { } known)
        {
            return Evaluate(known ? choice.WhenTrue : choice.WhenFalse);
        }

        var before = _state;
        var a = Evaluate(choice.WhenTrue);
        var afterTrue = _state;
        _state = before;
        var b = Evaluate(choice.WhenFalse);
        return Join(afterTrue, a, _state, b, choice.Syntax);
    }

    private Value Join(State? stateA, Value a, State? stateB, Value b, SyntaxNode at)
    {
        if (stateA is null || stateB is null)
        {
            _state = stateA ?? stateB;
            return stateA is null ? b : a;
        }

        _state = Merge(stateA, stateB, at);
        return Merge(a, b, stateB, at);
    }

    private Value Coalesce(ICoalesceOperation coalesce)
    {
        var value = Evaluate(coalesce.Value);
        switch (Truth(IsNull(value)))
        {
            case true:
                return Evaluate(coalesce.WhenNull);
            case false:
                return value;
            default:
                var before = _state;
                var fallback = Evaluate(coalesce.WhenNull);
                return Join(before, value, _state, fallback, coalesce.Syntax);
        }
    }

    private Value Access(IConditionalAccessOperation access)
    {
        var receiver = Evaluate(access.Operation);
        if (Truth(IsNull(receiver)) is true)
        {
            return Value.Null;
        }

        var before = Truth(IsNull(receiver)) is null ? _state : null;
        _frame.ConditionalReceivers.Push(receiver);
        var value = Evaluate(access.WhenNotNull);
        _frame.ConditionalReceivers.Pop();
        return before is null ? value : Join(before, Value.Null, _state, value, access.Syntax);
    }

    private Value SwitchExpression(ISwitchExpressionOperation choice)
    {
        var value = Evaluate(choice.Value);
        State? merged = null;
        Value? result = null;
        var before = _state;
        var chosen = value is ConstantValue ? null : Choose(choice.Arms.Length);
        for (var i = 0; i < choice.Arms.Length; i++)
        {
            var arm = choice.Arms[i];
            _state = before;
            var taken = Both(Match(arm.Pattern, value), arm.Guard is null ? true : Truth(Evaluate(arm.Guard)));
            if (taken is null && chosen is { } only)
            {
                taken = i == only;
                if (taken is true && arm.Pattern is IConstantPatternOperation constant)
                {
                    Assume(choice.Value, Evaluate(constant.Value));
                }
            }

            if (taken is false)
            {
                continue;
            }

            var armValue = Evaluate(arm.Value);
            if (_state is not null)
            {
                result = result is null || merged is null ? armValue : Join(merged, result, _state, armValue, arm.Syntax);
                merged = _state;
            }

            if (taken is true)
            {
                break;
            }
        }

        _state = merged;
        return result ?? Value.Unknown("no case of a switch applies");
    }

    private Value Interpolate(IInterpolatedStringOperation text)
    {
        var result = new System.Text.StringBuilder();
        foreach (var part in text.Parts)
        {
            var value = part switch
            {
                IInterpolatedStringTextOperation literal => Evaluate(literal.Text),
                IInterpolationOperation { FormatString: null } hole => Evaluate(hole.Expression),
                _ => Value.Unknown("formatted text"),
            };
            if (value is not ConstantValue constant)
            {
                return Value.Unknown("text that is not constant");
            }

            result.Append(Arithmetic.Text(constant.Content));
        }

        return new ConstantValue(result.ToString());
    }

    private static Value DefaultOf(ITypeSymbol? type) => type switch
    {
        null => Value.Unknown("a default value"),
        { IsReferenceType: true } or { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } => Value.Null,
        { SpecialType: SpecialType.System_Boolean } => s_false,
        { SpecialType: SpecialType.System_Single or SpecialType.System_Double or SpecialType.System_Decimal } => new ConstantValue(0.0),
        { SpecialType: >= SpecialType.System_SByte and <= SpecialType.System_UInt64 } or { TypeKind: TypeKind.Enum } => new ConstantValue(0L),
        _ => Value.Unknown("a default value"),
    };

    private Value Assign(IOperation target, Value value)
    {
        switch (target)
        {
            case ILocalReferenceOperation local:
                Set(local.Local, value);
                break;
            case IParameterReferenceOperation parameter:
                Set(parameter.Parameter, value);
                break;
            case IVariableDeclaratorOperation declarator:
                Set(declarator.Symbol, value);
                break;
            case IDeclarationExpressionOperation declaration:
                Assign(declaration.Expression, value);
                break;
            case IConversionOperation conversion:
                Assign(conversion.Operand, value);
                break;
            case ITupleOperation tuple:
                for (var i = 0; i < tuple.Elements.Length; i++)
                {
                    Assign(tuple.Elements[i], value is TupleValue items && items.Items.Length == tuple.Elements.Length
                        ? items.Items[i]
                        : value is UnknownValue ? value : Value.Unknown("a part of something that is no tuple"));
                }

                break;
            case IFieldReferenceOperation { Field.IsStatic: false } field:
                WriteMember(field.Instance is null ? Value.Unknown("nothing") : Evaluate(field.Instance), field.Field, value);
                break;
            case IPropertyReferenceOperation property:
                AssignProperty(property, value);
                break;
            case IArrayElementReferenceOperation element:
                SetElement(Evaluate(element.ArrayReference), element.Indices.Select(Evaluate).ToArray(), value);
                break;
            case IDiscardOperation or IFieldReferenceOperation:
                break;
            default:
                foreach (var part in target.ChildOperations)
                {
                    Evaluate(part);
                }

                Havoc($"an assignment to '{Shorten(target.Syntax)}' is not followed");
                break;
        }

        return value;
    }
}
