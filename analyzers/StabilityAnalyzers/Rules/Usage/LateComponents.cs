using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>Finds layers that are assigned to a field of a module that is registered by then, from a method or from outside.</summary>
internal sealed class LateComponents
{
    private readonly ModuleRegistration _registration;
    private readonly TorchSharpSymbols _symbols;
    private readonly ParameterContent _content;
    private readonly CancellationToken _cancellation;
    private readonly SourceIndex _source;

    /// <param name="registration">How the class registers.</param>
    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="content">What holds parameters.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public LateComponents(
        ModuleRegistration registration, TorchSharpSymbols symbols, ParameterContent content, CancellationToken cancellation)
    {
        _registration = registration;
        _symbols = symbols;
        _content = content;
        _cancellation = cancellation;
        _source = SourceIndex.Of(symbols.Compilation);
    }

    /// <summary>The assignments of a new layer with parameters that come after all constructors of the field's class are through.</summary>
    public IEnumerable<IOperation> AssignmentsOf(IFieldSymbol field)
    {
        var values = new List<IOperation>();
        if (field.IsReadOnly || !_source.TryGetWrites(field, values, _cancellation))
        {
            yield break;
        }

        foreach (var value in values)
        {
            if (value.Parent is ISimpleAssignmentOperation { Target: IFieldReferenceOperation target } assignment
                && _content.IsMadeBy(value)
                && IsLate(assignment, target)
                && _registration.IsAlwaysDone(field.ContainingType))
            {
                yield return assignment;
            }
        }
    }

    private bool IsLate(IOperation assignment, IFieldReferenceOperation target)
    {
        // net.head = Linear(512, 10), new Net { head = Linear(512, 10) }: the constructor of net is through.
        if (target.Instance is IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ImplicitReceiver }
            or ILocalReferenceOperation or IParameterReferenceOperation or IFieldReferenceOperation)
        {
            return !IsInClosure(assignment) && !RegistersByHand(MemberOf(assignment));
        }

        // Within the class, only a method that no module calls: a constructor may be behind every other call.
        return target.Instance is IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance }
            && !IsInClosure(assignment)
            && MemberOf(assignment) is MethodDeclarationSyntax declaration
            && _source.Operation(declaration, _cancellation)?.SemanticModel?.GetDeclaredSymbol(declaration, _cancellation) is { } method
            && method is { IsVirtual: false, IsOverride: false, IsAbstract: false }
            && !_source.CallsOf(method, _cancellation).Any(IsInModule)
            && !IsReferredToInConstructor(method);
    }

    private bool IsInModule(IOperation call) =>
        call.SemanticModel?.GetEnclosingSymbol(call.Syntax.SpanStart, _cancellation)?.ContainingType is { } type && _symbols.IsModule(type);

    // A delegate of it, which is no call.
    private bool IsReferredToInConstructor(IMethodSymbol method) => method.ContainingType.DeclaringSyntaxReferences
        .SelectMany(reference => reference.GetSyntax(_cancellation).DescendantNodes().OfType<IdentifierNameSyntax>())
        .Any(name => name.Identifier.ValueText == method.Name && name.Parent is not InvocationExpressionSyntax);

    private static bool RegistersByHand(SyntaxNode? member) => member is not null && member.DescendantTokens()
        .Any(token => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText is "register_module" or "add_module");

    private static bool IsInClosure(IOperation operation) => operation.Enclosing().Body is IAnonymousFunctionOperation or ILocalFunctionOperation;

    private static SyntaxNode? MemberOf(IOperation operation) =>
        operation.Syntax.FirstAncestorOrSelf<MemberDeclarationSyntax>(member => member is not GlobalStatementSyntax);
}
