using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Extraction;

/// <content>Patterns and type tests.</content>
internal sealed partial class Interpreter
{
    // Null if it is not decided here. Variables of the pattern are set in any case.
    private bool? Match(IPatternOperation pattern, Value value)
    {
        switch (pattern)
        {
            case IDiscardPatternOperation:
                return true;
            case IConstantPatternOperation constant:
                return Equality(value, Evaluate(constant.Value));
            case IDeclarationPatternOperation declaration:
                if (declaration.DeclaredSymbol is { } declared)
                {
                    Set(declared, value);
                }

                return declaration.MatchesNull ? true : IsOfType(value, declaration.MatchedType);
            case ITypePatternOperation type:
                return IsOfType(value, type.MatchedType);
            case INegatedPatternOperation negated:
                return !Match(negated.Pattern, value);
            case IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.And } both:
                return Both(Match(both.LeftPattern, value), Match(both.RightPattern, value));
            case IBinaryPatternOperation either:
                bool? left = Match(either.LeftPattern, value), right = Match(either.RightPattern, value);
                return left is true || right is true ? true : left is false && right is false ? false : null;
            case IRelationalPatternOperation relation:
                return value is ConstantValue a && Evaluate(relation.Value) is ConstantValue b
                    ? Truth(Arithmetic.Binary(relation.OperatorKind, a.Content, b.Content) ?? Value.Unknown(""))
                    : null;
            case IRecursivePatternOperation { DeconstructionSubpatterns.IsEmpty: true } recursive:
                if (recursive.DeclaredSymbol is { } named)
                {
                    Set(named, value);
                }

                var matches = IsOfType(value, recursive.MatchedType);
                foreach (var part in recursive.PropertySubpatterns)
                {
                    matches = Both(matches, part.Member is IPropertyReferenceOperation { Property: var property }
                        ? Match(part.Pattern, MemberOf(value, property))
                        : null);
                    Forget(part.Pattern);
                }

                return matches;
            default:
                Forget(pattern);
                return null;
        }
    }

    private Value MemberOf(Value value, IPropertySymbol property) => Read(value) switch
    {
        LayerObject layer when value is ReferenceValue { Id: var id } => LayerProperty(layer, id, property),
        ClassObject when IsAuto(property) => ReadMember(value, property, property.Type),
        _ => Value.Unknown($"'{property.Name}' is not known"),
    };

    // Variables of a pattern that is not followed.
    private void Forget(IOperation pattern)
    {
        foreach (var part in pattern.Descendants())
        {
            if (part is IDeclarationPatternOperation { DeclaredSymbol: { } declared } && _state is not null
                && !_state.Variables.ContainsKey(new Variable(_frame.Id, declared)))
            {
                Set(declared, Value.Unknown("a part of a pattern"));
            }
        }
    }

    private bool? IsOfType(Value value, ITypeSymbol? type)
    {
        var actual = TypeOf(value);
        if (type is null || value is UnknownValue)
        {
            return null;
        }

        if (value is ConstantValue constant)
        {
            return constant.Content is null ? false : null;
        }

        return actual is null ? null : IsOrDerives(actual, type);
    }

    private ITypeSymbol? TypeOf(Value value) => value switch
    {
        ParameterValue => _symbols.Parameter,
        _ => Read(value) switch
        {
            LayerObject layer => layer.Type,
            ContainerObject container => container.Type,
            ClassObject instance => instance.Type,
            TensorObject => _symbols.Tensor,
            _ => null,
        },
    };

    private static bool? IsOrDerives(ITypeSymbol actual, ITypeSymbol wanted)
    {
        if (wanted.TypeKind == TypeKind.Interface)
        {
            return actual.AllInterfaces.Contains(wanted, SymbolEqualityComparer.Default);
        }

        if (wanted.TypeKind == TypeKind.TypeParameter)
        {
            return null;
        }

        for (var type = actual; type is not null; type = type.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(type, wanted))
            {
                return true;
            }
        }

        return false;
    }
}
