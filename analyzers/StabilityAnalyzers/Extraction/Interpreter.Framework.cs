using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Extraction;

/// <content>The part of the framework that model code uses: sequences, text, mathematics.</content>
internal sealed partial class Interpreter
{
    private const int LongestSequence = 20_000;

    private Value InvokeFramework(IInvocationOperation call, IMethodSymbol method, Value? self, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        var values = arguments.Select(argument => argument.Value).ToArray();
        switch (method.ContainingType?.Name)
        {
            case "Math" or "MathF":
                return Mathematics(method.Name, values);
            case "String" when self is ConstantValue { Content: string text }:
                return Text(method.Name, text, values);
            case "String" when method.IsStatic && method.Name is "IsNullOrEmpty" or "IsNullOrWhiteSpace" && values is [ConstantValue { Content: null or string } checkedText]:
                return string.IsNullOrWhiteSpace((string?)checkedText.Content) && (method.Name[method.Name.Length - 1] == 'e' || string.IsNullOrEmpty((string?)checkedText.Content))
                    ? s_true
                    : s_false;
            case "String" when method.IsStatic && method.Name == "Concat" && values.All(value => value is ConstantValue):
                return new ConstantValue(string.Concat(values.Select(value => Arithmetic.Text(((ConstantValue)value).Content))));
            case "Tuple" or "ValueTuple" when method.Name == "Create":
                return new TupleValue(values.ToImmutableArray());
            case "Array" when method.Name == "Empty":
                return New(new ListObject(ImmutableList<Value>.Empty));
            case "Enumerable" when method.Name == "Empty":
                return New(new ListObject(ImmutableList<Value>.Empty));
            case "Enumerable" when method.Name == "Range" && values is [ConstantValue { Content: long start }, ConstantValue { Content: long and >= 0 and <= LongestSequence and var count }]:
                return New(new ListObject(Enumerable.Range(0, (int)count).Select(i => (Value)new ConstantValue(start + i)).ToImmutableList()));
            case "Enumerable" when method.Name == "Range" && values is [_, UnknownValue or SizeValue]:
                return New(new OpaqueObject(Uncounted) { Parts = ImmutableList.Create<Value>(new RepeatedValue(ImmutableArray.Create(NewCounter(0)))) });
            case "Enumerable" when method.Name == "Repeat" && values is [var element, ConstantValue { Content: long and >= 0 and <= LongestSequence and var times }]:
                return New(new ListObject(Enumerable.Repeat(element, (int)times).ToImmutableList()));
        }

        if (method.Name == "ToString" && values.Length == 0 && self is ConstantValue constant)
        {
            return new ConstantValue(Arithmetic.Text(constant.Content));
        }

        if (self is ReferenceValue { Id: var mapId } && Read(self) is MapObject map)
        {
            return InvokeMap(call, method.Name, mapId, map, values);
        }

        var sequence = self ?? (values.Length > 0 ? values[0] : null);
        if (sequence is ReferenceValue reference && Items(sequence) is { } items
            && Sequence(call, method.Name, reference, items, self is null ? values.Skip(1).ToArray() : values) is { } known)
        {
            return known;
        }

        if (sequence is ReferenceValue partly && Read(sequence) is OpaqueObject { Parts: not null } content
            && SequenceOfParts(call, method.Name, partly, content, self is null ? values.Skip(1).ToArray() : values) is { } made)
        {
            return made;
        }

        // It may run a delegate, and change a list.
        foreach (var value in values.Append(self ?? Value.Null))
        {
            if (value is FunctionValue || Read(value) is ListObject or OpaqueObject { Parts: not null } && !IsReadOnlyCall(method))
            {
                Escape($"'{method.Name}' is not followed", value);
            }
        }

        // What a sequence of modules is turned into may be anything: whoever initialises its elements must not go unseen.
        return OpaqueResult(call.Type, $"'{method.Name}' is not followed", call.Syntax, values);
    }

    private static bool IsReadOnlyCall(IMethodSymbol method) => method.ContainingType?.Name is "Enumerable" or "String" or "Console" or "Debug";

    private Value? Sequence(IInvocationOperation call, string name, ReferenceValue list, IReadOnlyList<Value> items, Value[] arguments)
    {
        Value Made(IEnumerable<Value> elements) => New(new ListObject(elements.ToImmutableList()));
        switch (name, arguments.Length)
        {
            case ("Add" or "Enqueue" or "AddLast", 1):
                return Change(list, old => old.Add(arguments[0]));
            case ("AddRange", 1) when Items(arguments[0]) is { } more:
                return Change(list, old => old.AddRange(more));
            case ("Insert", 2) when arguments[0] is ConstantValue { Content: long and >= 0 and var at } && at <= items.Count:
                return Change(list, old => old.Insert((int)at, arguments[1]));
            case ("RemoveAt", 1) when arguments[0] is ConstantValue { Content: long and >= 0 and var at } && at < items.Count:
                return Change(list, old => old.RemoveAt((int)at));
            case ("Clear", 0):
                return Change(list, old => old.Clear());
            case ("Reverse", 0):
                return call.TargetMethod.ReturnsVoid ? Change(list, old => old.Reverse()) : Made(items.Reverse());
            case ("ToList" or "ToArray" or "AsEnumerable" or "AsReadOnly" or "Cast" or "ToImmutableArray" or "ToImmutableList" or "AsSpan", 0):
                return Made(items);
            case ("OfType", 0) when call.TargetMethod.TypeArguments is [var wanted]:
                var tests = items.Select(item => IsOfType(item, wanted)).ToArray();
                return tests.Contains(null) ? null : Made(items.Where((_, i) => tests[i] is true));
            case ("Count" or "LongCount", 0):
                return new ConstantValue((long)items.Count);
            case ("Any", 0):
                return items.Count > 0 ? s_true : s_false;
            case ("First" or "FirstOrDefault", 0) when items.Count > 0:
                return items[0];
            case ("Last" or "LastOrDefault", 0) when items.Count > 0:
                return items[items.Count - 1];
            case ("ElementAt", 1) when arguments[0] is ConstantValue { Content: long and >= 0 and var at } && at < items.Count:
                return items[(int)at];
            case ("Append", 1):
                return Made(items.Append(arguments[0]));
            case ("Prepend", 1):
                return Made(new[] { arguments[0] }.Concat(items));
            case ("Concat", 1) when Items(arguments[0]) is { } more:
                return Made(items.Concat(more));
            case ("Skip", 1) when arguments[0] is ConstantValue { Content: long and >= 0 and var some }:
                return Made(items.Skip((int)Math.Min(some, items.Count)));
            case ("Take", 1) when arguments[0] is ConstantValue { Content: long and >= 0 and var some }:
                return Made(items.Take((int)Math.Min(some, items.Count)));
            case ("Zip", 1) when Items(arguments[0]) is { } other:
                return Made(items.Zip(other, (a, b) => (Value)new TupleValue(ImmutableArray.Create(a, b))));
            case ("Select", 1) when arguments[0] is FunctionValue function:
                return Made(Map(items, function, call.Syntax));
            case ("SelectMany", 1) when arguments[0] is FunctionValue function:
                var parts = Map(items, function, call.Syntax).Select(Items).ToArray();
                return parts.Contains(null) ? null : Made(parts.SelectMany(part => part!));
            case ("Where", 1) when arguments[0] is FunctionValue function:
                var kept = Map(items, function, call.Syntax).Select(Truth).ToArray();
                return kept.Contains(null) ? null : Made(items.Where((_, i) => kept[i] is true));
            case ("ForEach", 1) when arguments[0] is FunctionValue function:
                Map(items, function, call.Syntax);
                return Value.Null;
            case ("Aggregate", 2) when arguments[1] is FunctionValue function:
                return items.Aggregate(arguments[0], (sum, item) => Apply(function, [sum, item], call.Syntax));
            case ("Sum", 0) when items.All(item => item is ConstantValue { Content: long }):
                return new ConstantValue(items.Sum(item => (long)((ConstantValue)item).Content!));
            default:
                return null;
        }
    }

    // A sequence is evaluated when it is made, not when it is read: nothing in a constructor tells the difference.
    private List<Value> Map(IReadOnlyList<Value> items, FunctionValue function, SyntaxNode at)
    {
        var results = new List<Value>(items.Count);
        for (var i = 0; i < items.Count && IsReachable; i++)
        {
            results.Add(Apply(function, [items[i], new ConstantValue((long)i)], at));
        }

        return results;
    }

    private Value Change(ReferenceValue list, Func<ImmutableList<Value>, ImmutableList<Value>> change)
    {
        if (Read(list) is ListObject content)
        {
            Write(list.Id, new ListObject(change(content.Items)));
        }

        return Value.Null;
    }

    private static Value Mathematics(string name, Value[] arguments)
    {
        var numbers = arguments.Select(argument => NumberIn(argument) is { } number ? Arithmetic.ToDouble(number) : double.NaN).ToArray();
        if (numbers.Length == 0 || numbers.Any(double.IsNaN))
        {
            return Value.Unknown("a number that is not known");
        }

        var whole = arguments.All(argument => NumberIn(argument) is long);
        double? result = (name, numbers.Length) switch
        {
            ("Sqrt", 1) => Math.Sqrt(numbers[0]),
            ("Pow", 2) => Math.Pow(numbers[0], numbers[1]),
            ("Exp", 1) => Math.Exp(numbers[0]),
            ("Log", 1) => Math.Log(numbers[0]),
            ("Log2", 1) => Math.Log(numbers[0], 2),
            ("Floor", 1) => Math.Floor(numbers[0]),
            ("Ceiling", 1) => Math.Ceiling(numbers[0]),
            ("Round", 1) => Math.Round(numbers[0]),
            ("Abs", 1) => Math.Abs(numbers[0]),
            ("Min", 2) => Math.Min(numbers[0], numbers[1]),
            ("Max", 2) => Math.Max(numbers[0], numbers[1]),
            _ => null,
        };
        if (result is not { } value)
        {
            return Value.Unknown($"'Math.{name}' is not followed");
        }

        object content = whole && name is ("Min" or "Max" or "Abs") ? (object)(long)value : value;
        return arguments.Any(argument => argument is SizeValue) ? new SizeValue(content) : new ConstantValue(content);
    }

    private static Value Text(string name, string text, Value[] arguments)
    {
        var other = arguments.Length > 0 && arguments[0] is ConstantValue { Content: string or char } constant ? Arithmetic.Text(constant.Content) : null;
        return (name, other) switch
        {
            ("Contains", { } part) => text.Contains(part) ? s_true : s_false,
            ("StartsWith", { } part) => text.StartsWith(part, StringComparison.Ordinal) ? s_true : s_false,
            ("EndsWith", { } part) => text.EndsWith(part, StringComparison.Ordinal) ? s_true : s_false,
            ("Equals", { } whole) => text == whole ? s_true : s_false,
            ("ToLower" or "ToLowerInvariant", null) => new ConstantValue(text.ToLowerInvariant()),
            ("ToUpper" or "ToUpperInvariant", null) => new ConstantValue(text.ToUpperInvariant()),
            ("ToString", null) => new ConstantValue(text),
            _ => Value.Unknown($"'{name}' is not followed"),
        };
    }
}
