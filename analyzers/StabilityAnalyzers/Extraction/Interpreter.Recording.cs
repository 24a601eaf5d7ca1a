using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Extraction;

/// <content>Runs that look for the modules that some code makes.</content>
internal sealed partial class Interpreter
{
    private const int MostRecorded = 200;

    private List<Construction>? _recorded;

    /// <summary>Runs some code and gives the modules that it makes, those inside of others too.</summary>
    /// <param name="root">A method, a type (all its constructors), or a field or property with an initialiser.</param>
    internal IReadOnlyList<Construction> Record(ISymbol root)
    {
        _recorded = [];
        switch (root)
        {
            case INamedTypeSymbol type:
                foreach (var constructor in type.InstanceConstructors)
                {
                    _state = State.Empty;
                    Construct(type, constructor, ArgumentsFor(constructor), SyntaxOf(type));
                }

                break;
            case IMethodSymbol { MethodKind: MethodKind.Constructor } constructor:
                Construct(constructor.ContainingType, constructor, ArgumentsFor(constructor), SyntaxOf(constructor));
                break;
            case IMethodSymbol method when _index.Body(method, _cancellation) is { } body:
                Inline(method, body, SelfOf(method), ArgumentsFor(method), SyntaxOf(method));
                break;
            case IFieldSymbol or IPropertySymbol when _index.InitializerOf(root, _cancellation) is { } initializer:
                Evaluate(initializer);
                break;
        }

        return _recorded;
    }

    private SyntaxNode SyntaxOf(ISymbol symbol) =>
        (symbol.DeclaringSyntaxReferences.FirstOrDefault() ?? symbol.ContainingType.DeclaringSyntaxReferences[0]).GetSyntax(_cancellation);

    private List<(IParameterSymbol Parameter, Value Value)> ArgumentsFor(IMethodSymbol method) => method.Parameters
        .Select(parameter => (parameter, StandIn(parameter.Type, ArgumentFor(parameter, ImmutableDictionary<string, object?>.Empty)))).ToList();

    // Of the object that a method belongs to only that is certain which nobody can change.
    private Value? SelfOf(IMethodSymbol method)
    {
        if (method.IsStatic || method.ContainingType is not { TypeKind: TypeKind.Class } type)
        {
            return null;
        }

        if (type.InstanceConstructors is [var constructor] && Construct(type, constructor, ArgumentsFor(constructor), SyntaxOf(method)) is ReferenceValue self
            && Read(self) is ClassObject content)
        {
            var fields = content.Fields;
            foreach (var member in content.Fields.Keys)
            {
                if (member is IFieldSymbol { IsReadOnly: false } or IPropertySymbol { SetMethod: not null })
                {
                    fields = fields.SetItem(member, Value.Unknown($"'{member.Name}' may have changed"));
                }
            }

            Write(self.Id, content with { Fields = fields });
            return self;
        }

        _state ??= State.Empty;
        return Value.Unknown("'this' is not known");
    }

    private void Record(IObjectCreationOperation creation, INamedTypeSymbol type, IMethodSymbol constructor, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        if (_recorded is { Count: < MostRecorded } && _state is not null && _symbols.IsModule(type))
        {
            _recorded.Add(new Construction(
                creation.Syntax, type, constructor, arguments.ToImmutableArray(), creation.Initializer, _frame.Id, _frame.Self, _state, _nextId, _nextFrame));
        }
    }
}
