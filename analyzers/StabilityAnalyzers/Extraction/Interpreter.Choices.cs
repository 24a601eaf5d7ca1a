using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Extraction;

/// <content>Conditions that the code does not decide, and sizes that it does not say.</content>
internal sealed partial class Interpreter
{
    private readonly IReadOnlyList<int>? _plan;
    private readonly int _sizeSample;
    private readonly List<(int Choice, int Alternatives)> _choices = [];
    private int _repeats;
    private int _nextUnknown;
    private int _nextSize;

    /// <summary>Operations that were spent so far.</summary>
    internal int Spent => _spent;

    /// <summary>True if a size that the code does not say became that of a layer.</summary>
    internal bool UsesSizes { get; private set; }

    /// <summary>The plan of the next run, so that all runs together go every way; null after the last.</summary>
    internal IReadOnlyList<int>? NextPlan()
    {
        for (var i = _choices.Count - 1; i >= 0; i--)
        {
            if (_choices[i].Choice + 1 < _choices[i].Alternatives)
            {
                return _choices.Take(i).Select(choice => choice.Choice).Append(_choices[i].Choice + 1).ToArray();
            }
        }

        return null;
    }

    // The way that this run goes; null if it goes all of them. A loop of unknown length may go another way in each pass.
    private int? Choose(int alternatives)
    {
        if (_plan is null || _repeats > 0)
        {
            return null;
        }

        var choice = _choices.Count < _plan.Count ? _plan[_choices.Count] : 0;
        _choices.Add((choice, alternatives));
        return choice;
    }

    // The truth of a condition; null if both ways are to be followed.
    private bool? Decide(IOperation condition)
    {
        var value = Evaluate(condition);
        if (Truth(value) is { } known)
        {
            return known;
        }

        if (!IsReachable || Choose(2) is not { } choice)
        {
            return null;
        }

        var truth = choice == 0;
        Assume(condition, truth);
        return truth;
    }

    // What a decision says about variables, so that the same question is answered the same way later.
    private void Assume(IOperation condition, bool truth)
    {
        for (var steps = 0; steps < 8; steps++)
        {
            switch (condition)
            {
                case IParenthesizedOperation inner:
                    condition = inner.Operand;
                    continue;
                case IConversionOperation conversion:
                    condition = conversion.Operand;
                    continue;
                case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } negation:
                    condition = negation.Operand;
                    truth = !truth;
                    continue;
                case IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } comparison
                    when truth == (comparison.OperatorKind == BinaryOperatorKind.Equals):
                    if (Evaluate(comparison.RightOperand) is ConstantValue right)
                    {
                        Assume(comparison.LeftOperand, right);
                    }

                    return;
                case IIsPatternOperation { Pattern: IConstantPatternOperation constant } test when truth:
                    Assume(test.Value, Evaluate(constant.Value));
                    return;
                case IIsPatternOperation { Pattern: INegatedPatternOperation { Pattern: IConstantPatternOperation constant } } test when !truth:
                    Assume(test.Value, Evaluate(constant.Value));
                    return;
                case ILocalReferenceOperation or IParameterReferenceOperation or IFieldReferenceOperation or IPropertyReferenceOperation:
                    Assume(condition, truth ? s_true : s_false);
                    return;
                default:
                    return;
            }
        }
    }

    private void Assume(IOperation variable, Value value)
    {
        while (variable is IConversionOperation conversion)
        {
            variable = conversion.Operand;
        }

        if (variable is ILocalReferenceOperation or IParameterReferenceOperation or IFieldReferenceOperation or IPropertyReferenceOperation { Arguments.IsEmpty: true }
            && Evaluate(variable) is UnknownValue old)
        {
            if (old.Id != 0)
            {
                Substitute(old, value);
            }
            else if (variable is ILocalReferenceOperation or IParameterReferenceOperation)
            {
                Assign(variable, value);
            }
        }
    }

    private void Substitute(UnknownValue old, Value value)
    {
        if (_state is null)
        {
            return;
        }

        var variables = _state.Variables.ToBuilder();
        foreach (var pair in _state.Variables)
        {
            if (old.Equals(pair.Value))
            {
                variables[pair.Key] = value;
            }
        }

        var heap = _state.Heap.ToBuilder();
        foreach (var pair in _state.Heap)
        {
            if (pair.Value is ClassObject instance && instance.Fields.ContainsValue(old))
            {
                heap[pair.Key] = instance with
                {
                    Fields = instance.Fields.SetItems(instance.Fields.Where(field => old.Equals(field.Value)).Select(field => new KeyValuePair<ISymbol, Value>(field.Key, value))),
                };
            }
        }

        _state = new State(variables.ToImmutable(), heap.ToImmutable());
    }

    // What a parameter is given, so that nothing is lost of it: an unknown size stays a size, and anything else stays the same.
    private Value StandIn(ITypeSymbol type, Value value) => value is not UnknownValue { Id: 0 } unknown ? value
        : IsWhole(type) ? NewSize()
        : unknown with { Id = ++_nextUnknown };

    private static bool IsWhole(ITypeSymbol? type) => type?.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64;

    // Sizes with the same ratios to each other in both runs would hide that something depends on these.
    private SizeValue NewSize()
    {
        var number = _nextSize++ % 8;
        return new SizeValue(_sizeSample == 1 ? 64L * (number + 1) : 128L * (11 - number));
    }

    private static bool IsNumber(Value value) => value is SizeValue or ConstantValue { Content: long or double };

    private static object? NumberIn(Value value) => value switch
    {
        SizeValue size => size.Sample,
        ConstantValue { Content: long or double } constant => constant.Content,
        _ => null,
    };

    // The result of an operator of which at least one side is such a size.
    private static Value? SizeOf(BinaryOperatorKind kind, Value left, Value right) =>
        (left is SizeValue || right is SizeValue) && IsNumber(left) && IsNumber(right)
            && Arithmetic.Binary(kind, NumberIn(left), NumberIn(right)) is { } result && NumberIn(result) is { } number
                ? new SizeValue(number)
                : null;

    // if (...) throw: the rest of the code may take it that nothing is thrown.
    private static bool OnlyThrows(IOperation? operation)
    {
        for (var steps = 0; steps < 8; steps++)
        {
            switch (operation)
            {
                case IBlockOperation { Operations: [.., var last] }:
                    operation = last;
                    break;
                case IMethodBodyBaseOperation body:
                    operation = body.BlockBody ?? body.ExpressionBody;
                    break;
                case IExpressionStatementOperation statement:
                    operation = statement.Operation;
                    break;
                case IReturnOperation { ReturnedValue: { } value }:
                    operation = value;
                    break;
                case IConversionOperation conversion:
                    operation = conversion.Operand;
                    break;
                default:
                    return operation is IThrowOperation;
            }
        }

        return false;
    }
}
