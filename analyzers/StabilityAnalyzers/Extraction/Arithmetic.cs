using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Extraction;

/// <summary>The operators of C# on constants. What C# would not allow, or would throw on, is not known (null).</summary>
internal static class Arithmetic
{
    /// <summary>A constant of the compiler in the few types that <see cref="ConstantValue"/> has.</summary>
    public static object? Normalize(object? constant) => constant switch
    {
        null or bool or string or char or long or double => constant,
        int or short or sbyte or byte or ushort or uint => Convert.ToInt64(constant, System.Globalization.CultureInfo.InvariantCulture),
        ulong number => number <= long.MaxValue ? (long)number : (double)number,
        float number => (double)number,
        decimal number => (double)number,
        _ => null,
    };

    /// <summary>The result of a binary operator, or null.</summary>
    public static Value? Binary(BinaryOperatorKind kind, object? left, object? right)
    {
        object? result = (left, right) switch
        {
            (bool a, bool b) => Logic(kind, a, b),
            (long a, long b) => Integer(kind, a, b),
            (long or double, long or double) => Real(kind, ToDouble(left), ToDouble(right)),
            (string, _) or (_, string) when kind == BinaryOperatorKind.Add => Text(left) + Text(right),
            (string a, string b) => kind switch
            {
                BinaryOperatorKind.Equals => a == b,
                BinaryOperatorKind.NotEquals => a != b,
                _ => null,
            },
            (char a, char b) => Integer(kind, a, b),
            (null, null) => kind switch
            {
                BinaryOperatorKind.Equals => true,
                BinaryOperatorKind.NotEquals => false,
                _ => null,
            },
            (null, _) or (_, null) => kind switch
            {
                BinaryOperatorKind.Equals => false,
                BinaryOperatorKind.NotEquals => true,
                _ => null,
            },
            _ => null,
        };
        return result is null ? null : new ConstantValue(result);
    }

    /// <summary>The result of a unary operator, or null.</summary>
    public static Value? Unary(UnaryOperatorKind kind, object? operand) => (kind, operand) switch
    {
        (UnaryOperatorKind.Not, bool value) => new ConstantValue(!value),
        (UnaryOperatorKind.Minus, long value) => new ConstantValue(unchecked(-value)),
        (UnaryOperatorKind.Minus, double value) => new ConstantValue(-value),
        (UnaryOperatorKind.Plus, long or double) => new ConstantValue(operand),
        _ => null,
    };

    /// <summary>A constant after a conversion to a type.</summary>
    public static object? ConvertTo(object? constant, ITypeSymbol? type)
    {
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
        {
            type = nullable.TypeArguments[0];
        }

        switch (type?.SpecialType)
        {
            case SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_Int16 or SpecialType.System_Byte
                or SpecialType.System_UInt32 or SpecialType.System_UInt64 or SpecialType.System_UInt16 or SpecialType.System_SByte:
                return constant switch
                {
                    double number and > -9e18 and < 9e18 => (long)number,
                    char letter => (long)letter,
                    _ => constant,
                };
            case SpecialType.System_Double or SpecialType.System_Single or SpecialType.System_Decimal:
                return constant is long whole ? (double)whole : constant;
            default:
                return constant;
        }
    }

    /// <summary>A number as a double; NaN for anything else.</summary>
    public static double ToDouble(object? constant) => constant switch { long n => n, double n => n, _ => double.NaN };

    /// <summary>A constant as C# would print it.</summary>
    public static string Text(object? constant) =>
        Convert.ToString(constant, System.Globalization.CultureInfo.InvariantCulture) ?? "";

    private static object? Logic(BinaryOperatorKind kind, bool a, bool b) => kind switch
    {
        BinaryOperatorKind.And or BinaryOperatorKind.ConditionalAnd => a && b,
        BinaryOperatorKind.Or or BinaryOperatorKind.ConditionalOr => a || b,
        BinaryOperatorKind.ExclusiveOr or BinaryOperatorKind.NotEquals => a != b,
        BinaryOperatorKind.Equals => a == b,
        _ => null,
    };

    private static object? Integer(BinaryOperatorKind kind, long a, long b) => unchecked(kind switch
    {
        BinaryOperatorKind.Add => a + b,
        BinaryOperatorKind.Subtract => a - b,
        BinaryOperatorKind.Multiply => a * b,
        BinaryOperatorKind.Divide => b is 0 or -1 ? null : a / b,
        BinaryOperatorKind.Remainder => b is 0 or -1 ? null : a % b,
        BinaryOperatorKind.LeftShift => a << (int)(b & 63),
        BinaryOperatorKind.RightShift => a >> (int)(b & 63),
        BinaryOperatorKind.And => a & b,
        BinaryOperatorKind.Or => a | b,
        BinaryOperatorKind.ExclusiveOr => a ^ b,
        BinaryOperatorKind.Equals => a == b,
        BinaryOperatorKind.NotEquals => a != b,
        BinaryOperatorKind.LessThan => a < b,
        BinaryOperatorKind.LessThanOrEqual => a <= b,
        BinaryOperatorKind.GreaterThan => a > b,
        BinaryOperatorKind.GreaterThanOrEqual => a >= b,
        _ => (object?)null,
    });

    private static object? Real(BinaryOperatorKind kind, double a, double b) => kind switch
    {
        BinaryOperatorKind.Add => a + b,
        BinaryOperatorKind.Subtract => a - b,
        BinaryOperatorKind.Multiply => a * b,
        BinaryOperatorKind.Divide => a / b,
        BinaryOperatorKind.Remainder => a % b,
        BinaryOperatorKind.Equals => a.Equals(b),
        BinaryOperatorKind.NotEquals => !a.Equals(b),
        BinaryOperatorKind.LessThan => a < b,
        BinaryOperatorKind.LessThanOrEqual => a <= b,
        BinaryOperatorKind.GreaterThan => a > b,
        BinaryOperatorKind.GreaterThanOrEqual => a >= b,
        _ => (object?)null,
    };
}
