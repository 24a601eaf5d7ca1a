using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Extraction;

/// <content>Dictionaries: tables of widths and kernels, and factories by name.</content>
internal sealed partial class Interpreter
{
    private Value InvokeMap(IInvocationOperation call, string name, int id, MapObject map, Value[] arguments)
    {
        switch (name, arguments.Length)
        {
            case ("Add" or "TryAdd" or "set_Item", 2) when arguments[0] is ConstantValue:
                Write(id, With(map, arguments[0], arguments[1]));
                return s_true;
            case ("ContainsKey", 1) when arguments[0] is ConstantValue && HasConstantKeys(map):
                return Find(map, arguments[0]) is null ? s_false : s_true;
            case ("TryGetValue", 2) when arguments[0] is ConstantValue && HasConstantKeys(map):
                // The caller of this sets the variable to unknown; a pattern that is worth more is not seen in models.
                return Find(map, arguments[0]) is null ? s_false : s_true;
            case ("GetValueOrDefault", 1 or 2):
                return ElementOfMap(map, arguments[0]);
            default:
                Escape($"'{name}' is not followed", new ReferenceValue(id));
                return OpaqueResult(call.Type, $"'{name}' is not followed", call.Syntax);
        }
    }

    private Value ElementOfMap(MapObject map, Value key)
    {
        if (key is ConstantValue && HasConstantKeys(map))
        {
            return Find(map, key)?.Item ?? Value.Unknown("there is no such key");
        }

        // One of the entries, whichever: each is followed on its own if they are few.
        var items = map.Entries.Select(entry => entry.Item).Distinct().ToArray();
        return items.Length is > 0 and <= 6 && Choose(items.Length) is { } choice && choice < items.Length
            ? items[choice]
            : Value.Unknown("a key that is not known");
    }

    private Value? PropertyOfMap(MapObject map, string name) => name switch
    {
        "Count" => new ConstantValue((long)map.Entries.Count),
        "Keys" => New(new ListObject(map.Entries.Select(entry => entry.Key).ToImmutableList())),
        "Values" => New(new ListObject(map.Entries.Select(entry => entry.Item).ToImmutableList())),
        _ => null,
    };

    private static bool HasConstantKeys(MapObject map) => map.Entries.All(entry => entry.Key is ConstantValue);

    private static MapEntry? Find(MapObject map, Value key) => map.Entries.FirstOrDefault(entry => entry.Key.Equals(key));

    private static MapObject With(MapObject map, Value key, Value item)
    {
        var at = map.Entries.FindIndex(entry => entry.Key.Equals(key));
        return new MapObject(at < 0 ? map.Entries.Add(new MapEntry(key, item)) : map.Entries.SetItem(at, new MapEntry(key, item)));
    }
}
