using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>A dispose scope that surely ends when control leaves the block that it is in.</summary>
internal sealed class DisposeScopes
{
    private readonly TorchSharpSymbols _symbols;
    private readonly SourceIndex _source;
    private readonly ILocalSymbol? _variable;
    private readonly IOperation _body;

    private DisposeScopes(TorchSharpSymbols symbols, ILocalSymbol? variable, IOperation creation, IOperation body)
    {
        _symbols = symbols;
        _source = SourceIndex.Of(symbols.Compilation);
        _variable = variable;
        Creation = creation;
        _body = body;
    }

    /// <summary>The call of <c>NewDisposeScope</c>.</summary>
    public IOperation Creation { get; }

    /// <summary>The innermost scope around a place in a body, by a <c>using</c> in that body; null where there is none.</summary>
    public static DisposeScopes? Around(IOperation place, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        var body = place.Enclosing().Body;
        for (IOperation child = place; child.Parent is { } parent && !ReferenceEquals(child, body); child = parent)
        {
            cancellation.ThrowIfCancellationRequested();
            IOperation? resources = null;
            if (parent is IUsingOperation block && !ReferenceEquals(block.Resources, child))
            {
                resources = block.Resources;
            }
            else if (parent is IBlockOperation statements)
            {
                resources = statements.Operations.TakeWhile(statement => !ReferenceEquals(statement, child))
                    .LastOrDefault(statement => statement is IUsingDeclarationOperation && CreationIn(statement, symbols) is not null);
            }

            if (resources is not null && CreationIn(resources, symbols) is { } creation)
            {
                var variable = resources.DescendantsAndSelf().OfType<IVariableDeclaratorOperation>().FirstOrDefault()?.Symbol;
                return new(symbols, variable, creation, body);
            }
        }

        return null;
    }

    /// <summary>Every use of the scope variable, where there is one, such as moving a tensor out.</summary>
    public IEnumerable<ILocalReferenceOperation> Uses => _variable is null
        ? []
        : _body.Descendants().OfType<ILocalReferenceOperation>().Where(reference => SymbolEqualityComparer.Default.Equals(reference.Local, _variable));

    /// <summary>True for a tensor that an operator made inside the scope, and that nothing moves out of it.</summary>
    public bool Disposes(IOperation value, CancellationToken cancellation)
    {
        if (Uses.Any())
        {
            return false;
        }

        if (value.Unwrap() is not ILocalReferenceOperation { Local: var local })
        {
            return IsMadeByOperator(value.Unwrap());
        }

        // A local of the scope, all of whose values are made by operators, and that is only computed with.
        var values = new List<IOperation>();
        return local.DeclaringSyntaxReferences.All(reference => reference.Span.Start > Creation.Syntax.SpanStart)
            && _source.TryGetValues(local, values, cancellation)
            && values.Count > 0
            && values.All(made => IsMadeByOperator(made.Unwrap()) && made.Syntax.SpanStart > Creation.Syntax.SpanStart)
            && _body.Descendants().OfType<ILocalReferenceOperation>()
                .Where(reference => SymbolEqualityComparer.Default.Equals(reference.Local, local))
                .All(reference => IsHarmless(reference));
    }

    // x + y, x.relu(), torch.relu(x), F.relu(x), linear.call(x): always a new object, which the scope knows.
    private bool IsMadeByOperator(IOperation? value) => value switch
    {
        IBinaryOperation binary => SymbolEqualityComparer.Default.Equals(binary.Type, _symbols.Tensor),
        IInvocationOperation call when SymbolEqualityComparer.Default.Equals(call.Type, _symbols.Tensor) =>
            call.TargetMethod.Name is "call" or "forward"
                ? _symbols.LayerOf(call.Instance.Unwrap()?.Type) is { Family: not LayerFamily.Container }
                : IsOperator(call.TargetMethod),
        _ => false,
    };

    private bool IsOperator(IMethodSymbol method) =>
        SymbolEqualityComparer.Default.Equals(method.ContainingType, _symbols.Functional)
        || ((SymbolEqualityComparer.Default.Equals(method.ContainingType, _symbols.Tensor) || SymbolEqualityComparer.Default.Equals(method.ContainingType, _symbols.Torch))
            && (PureOperatorCatalog.Contains(method.Name) || method.Name is "matmul" or "mm" or "bmm" or "sum" or "mean" or "cat" or "stack" or "zeros" or "ones" or "randn" or "rand"));

    private static bool IsHarmless(ILocalReferenceOperation reference)
    {
        var parent = reference.Parent;
        while (parent is IConversionOperation or IParenthesizedOperation or ITupleOperation)
        {
            parent = parent.Parent;
        }

        return parent switch
        {
            IInvocationOperation call => !call.TargetMethod.Name.Contains("DisposeScope"),
            IBinaryOperation or IReturnOperation => true,
            ISimpleAssignmentOperation assignment => ReferenceEquals(assignment.Target.Unwrap(), reference),
            IArgumentOperation { Parent: IInvocationOperation { TargetMethod.ContainingAssembly.Name: "TorchSharp", TargetMethod.ContainingType.Name: not "DisposeScope" } } => true,
            IPropertyReferenceOperation => true,
            _ => false,
        };
    }

    private static IOperation? CreationIn(IOperation resources, TorchSharpSymbols symbols)
    {
        // using var scope = NewDisposeScope(); using (NewDisposeScope())
        IOperation? value = resources switch
        {
            IUsingDeclarationOperation { DeclarationGroup: var group } => Single(group),
            IVariableDeclarationGroupOperation group => Single(group),
            _ => resources,
        };
        return value.Unwrap() is IInvocationOperation call && TorchSharpSymbols.IsMethod(call.TargetMethod, symbols.Torch, "NewDisposeScope") ? call : null;

        static IOperation? Single(IVariableDeclarationGroupOperation group) =>
            group.Declarations.SelectMany(declaration => declaration.Declarators).ToImmutableArray() is [{ } only] ? only.GetVariableInitializer()?.Value : null;
    }
}
