using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Extraction;

/// <summary>
/// Says of which module classes the compilation may write the weights from outside of their constructors: loading a file,
/// initialising by a helper, copying. What a constructor leaves is then not what training starts with.
/// </summary>
/// <remarks>
/// Made when something is about to be reported. It starts at the calls that write (found by name, checked by symbol) and
/// follows the tensor back to the module that it belongs to: through members, locals, loops and the parameters of methods to
/// their callers. Where that ends at a type that any module has, every class counts as written.
/// </remarks>
internal sealed class WeightWriters
{
    private const int MostSteps = 2_000;

    private readonly TorchSharpSymbols _symbols;
    private readonly SourceIndex _index;
    private readonly CancellationToken _cancellation;
    private readonly HashSet<INamedTypeSymbol> _written = new(SymbolEqualityComparer.Default);
    private readonly HashSet<SyntaxNode> _writtenCreations = [];
    private readonly HashSet<ISymbol> _followed = new(SymbolEqualityComparer.Default);
    private readonly Queue<(ExpressionSyntax Expression, bool ReachesInner)> _pending = new();
    private bool _anything;

    private WeightWriters(TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        _symbols = symbols;
        _index = SourceIndex.Of(symbols.Compilation);
        _cancellation = cancellation;
        foreach (var tree in symbols.Compilation.SyntaxTrees)
        {
            cancellation.ThrowIfCancellationRequested();
            Collect(TreeIndex.Of(tree, _cancellation));
        }

        for (var steps = 0; _pending.Count > 0 && !_anything; steps++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (steps > MostSteps)
            {
                _anything = true;
                return;
            }

            var (expression, inner) = _pending.Dequeue();
            Follow(expression, inner);
        }
    }

    /// <summary>The writers of a compilation.</summary>
    public static WeightWriters Of(TorchSharpSymbols symbols, CancellationToken cancellation) => new(symbols, cancellation);

    /// <summary>True if weights of a module class may be written from outside.</summary>
    public bool MayWrite(INamedTypeSymbol? type)
    {
        for (var t = type; t is not null && !_anything; t = t.BaseType)
        {
            if (_written.Contains(t.OriginalDefinition))
            {
                return true;
            }
        }

        return _anything;
    }

    /// <summary>True if weights of a container that some expression makes may be written later.</summary>
    public bool MayWrite(SyntaxNode creation) => _anything || _writtenCreations.Contains(creation);

    private void Collect(TreeIndex index)
    {
        foreach (var name in index.CalledNames)
        {
            var isInitializer = InitializerCatalog.ByName.ContainsKey(name);
            var isInPlace = name.Length > 1 && name[name.Length - 1] == '_';
            var isLoad = name.StartsWith("load", StringComparison.OrdinalIgnoreCase) || name is "vector_to_parameters" or "apply" or "Load" or "reset_parameters";
            if (ClippingCatalog.Names.Contains(name) || (!isInitializer && !isInPlace && !isLoad && !SoundsLikeWriting(name)))
            {
                continue;
            }

            foreach (var node in index.Calls(name))
            {
                if (node is InvocationExpressionSyntax call && SymbolOf(call) is IMethodSymbol method)
                {
                    Collect(call, method, isLoad);
                }
            }
        }

        foreach (var node in index.Writes("weight").Concat(index.Writes("bias")))
        {
            if (node is AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax left } && _symbols.IsModule(TypeOf(left.Expression)))
            {
                _pending.Enqueue((left, false));
            }
        }

        var noElement = TreeIndex.ElementOf("");
        foreach (var node in index.AllWrites.Where(pair => pair.Key.EndsWith(noElement, StringComparison.Ordinal)).SelectMany(pair => pair.Value))
        {
            if (node is AssignmentExpressionSyntax { Left: ElementAccessExpressionSyntax { Expression: { } whole } } && ParameterUnder(whole) is { } parameter)
            {
                _pending.Enqueue((parameter, false));
            }
        }
    }

    // The parameter of which a tensor may be a view: p, p.narrow(...), p.data[...]; null if it is a view of none.
    private ExpressionSyntax? ParameterUnder(ExpressionSyntax? tensor)
    {
        for (var steps = 0; tensor is not null && steps < 20; steps++)
        {
            if (SymbolEqualityComparer.Default.Equals(TypeOf(tensor), _symbols.Parameter))
            {
                return tensor;
            }

            tensor = tensor switch
            {
                InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax method } => method.Expression,
                MemberAccessExpressionSyntax member => member.Expression,
                ElementAccessExpressionSyntax element => element.Expression,
                PostfixUnaryExpressionSyntax postfix => postfix.Operand,
                ParenthesizedExpressionSyntax parenthesized => parenthesized.Expression,
                _ => null,
            };
        }

        return null;
    }

    // Methods of other assemblies, of which only the name says what they may do.
    private static bool SoundsLikeWriting(string name)
    {
        foreach (var part in new[] { "init", "load", "weight", "restore", "reset", "pretrain", "checkpoint" })
        {
            if (name.IndexOf(part, StringComparison.OrdinalIgnoreCase) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private void Collect(InvocationExpressionSyntax call, IMethodSymbol method, bool isLoad)
    {
        var container = method.ContainingType;
        if (SymbolEqualityComparer.Default.Equals(container, _symbols.Init))
        {
            if (call.ArgumentList.Arguments.FirstOrDefault()?.Expression is { } target && method.Name[method.Name.Length - 1] == '_')
            {
                _pending.Enqueue((target, false));
            }

            return;
        }

        var receiver = (call.Expression as MemberAccessExpressionSyntax)?.Expression;
        if (SymbolEqualityComparer.Default.Equals(method.ContainingAssembly, _symbols.Torch.ContainingAssembly))
        {
            if (isLoad)
            {
                foreach (var expression in call.ArgumentList.Arguments.Select(argument => argument.Expression).Append(receiver))
                {
                    if (expression is not null && HoldsWeights(TypeOf(expression)))
                    {
                        _pending.Enqueue((expression, true));
                    }
                }

                if (receiver is null && _symbols.IsModule(container))
                {
                    // load(...) inside of a module class.
                    WriteSelf(call, inner: true);
                }
            }
            else if (method.Name is not ("requires_grad_" or "grad") && ParameterUnder(receiver) is { } parameter)
            {
                _pending.Enqueue((parameter, false));
            }

            return;
        }

        if (!SymbolEqualityComparer.Default.Equals(method.ContainingAssembly, _symbols.Compilation.Assembly)
            && method.ContainingAssembly?.Name is { } assembly && !assembly.StartsWith("System", StringComparison.Ordinal)
            && !assembly.StartsWith("Microsoft", StringComparison.Ordinal))
        {
            foreach (var expression in call.ArgumentList.Arguments.Select(argument => argument.Expression).Append(receiver))
            {
                if (expression is not null && HoldsWeights(TypeOf(expression)))
                {
                    _pending.Enqueue((expression, true));
                }
            }
        }
    }

    private bool HoldsWeights(ITypeSymbol? type) =>
        _symbols.IsModule(type) || SymbolEqualityComparer.Default.Equals(type, _symbols.Parameter)
        || type is INamedTypeSymbol { TypeArguments: [var element] } && SymbolEqualityComparer.Default.Equals(element, _symbols.Parameter);

    // From a tensor, module or sequence of either to the object that it belongs to.
    private void Follow(ExpressionSyntax expression, bool inner)
    {
        ExpressionSyntax? at = expression;
        for (var steps = 0; at is not null && steps < 200; steps++)
        {
            var type = TypeOf(at) as INamedTypeSymbol;
            if (type is not null && IsDeclaredHere(type) && _symbols.IsModule(type))
            {
                Write(type, inner);
            }

            switch (at)
            {
                case ParenthesizedExpressionSyntax parenthesized:
                    at = parenthesized.Expression;
                    continue;
                case CastExpressionSyntax cast:
                    at = cast.Expression;
                    continue;
                case PostfixUnaryExpressionSyntax postfix:
                    at = postfix.Operand;
                    continue;
                case BinaryExpressionSyntax binary:
                    at = binary.Left;
                    continue;
                case ElementAccessExpressionSyntax element:
                    inner = true;
                    at = element.Expression;
                    continue;
                case ConditionalAccessExpressionSyntax access:
                    at = access.Expression;
                    continue;
                case MemberAccessExpressionSyntax member when SymbolOf(member) is { IsStatic: false }:
                    at = member.Expression;
                    continue;
                case InvocationExpressionSyntax factory when SymbolEqualityComparer.Default.Equals(SymbolOf(factory)?.ContainingType, _symbols.NN):
                    // A layer or container that is made right there.
                    _writtenCreations.Add(factory);
                    return;
                case InvocationExpressionSyntax fresh when SymbolOf(fresh) is IMethodSymbol { IsStatic: true, ReducedFrom: null } maker
                    && SymbolEqualityComparer.Default.Equals(maker.ContainingType, _symbols.Torch):
                    // torch.zeros(...): a tensor of its own.
                    return;
                case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax method } call:
                    // parameters(), modules() and what LINQ makes of them.
                    inner = true;
                    at = SymbolOf(call) is IMethodSymbol { IsStatic: true, ReducedFrom: null }
                        ? call.ArgumentList.Arguments.FirstOrDefault()?.Expression
                        : method.Expression;
                    continue;
                case InvocationExpressionSyntax call:
                    if (SymbolOf(call) is IMethodSymbol { IsStatic: false } own && _symbols.IsModule(own.ContainingType))
                    {
                        WriteSelf(at, inner: true);
                    }
                    else
                    {
                        End(TypeOf(at));
                    }

                    return;
                case ThisExpressionSyntax or BaseExpressionSyntax:
                    WriteSelf(at, inner);
                    return;
                case BaseObjectCreationExpressionSyntax:
                    return;
                case IdentifierNameSyntax name:
                    FollowName(name, inner);
                    return;
                default:
                    End(TypeOf(at));
                    return;
            }
        }
    }

    // Nobody says where it comes from: if its type is one that any module has, it may be any.
    private void End(ITypeSymbol? type) =>
        _anything |= !IsDeclaredHere(type as INamedTypeSymbol) && (HoldsWeights(type) || _symbols.IsTensor(type) || type is null or { SpecialType: SpecialType.System_Object } or ITypeParameterSymbol);

    private void FollowName(IdentifierNameSyntax name, bool inner)
    {
        var symbol = SymbolOf(name);
        switch (symbol)
        {
            case IFieldSymbol { IsStatic: false } or IPropertySymbol { IsStatic: false }:
                WriteSelf(name, inner);
                break;
            case ILocalSymbol local:
                FollowLocal(local, name, inner);
                break;
            case IParameterSymbol parameter:
                FollowParameter(parameter, name, inner);
                break;
            default:
                End(TypeOf(name));
                break;
        }
    }

    private void FollowLocal(ILocalSymbol local, SyntaxNode at, bool inner)
    {
        if (!_followed.Add(local))
        {
            return;
        }

        var declaration = local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellation);
        var source = declaration switch
        {
            VariableDeclaratorSyntax { Initializer.Value: { } value } => value,
            ForEachStatementSyntax loop => loop.Expression,
            SingleVariableDesignationSyntax variable => Deconstructed(variable),
            _ => null,
        };
        if (source is not null)
        {
            _pending.Enqueue((source, inner || declaration is not VariableDeclaratorSyntax));
        }
        else
        {
            End(local.Type);
        }
    }

    // foreach (var (name, parameter) in ...), x is Linear linear, var (a, b) = ...
    private static ExpressionSyntax? Deconstructed(SyntaxNode variable)
    {
        for (var node = variable.Parent; node is not null; node = node.Parent)
        {
            switch (node)
            {
                case ForEachVariableStatementSyntax loop:
                    return loop.Expression;
                case IsPatternExpressionSyntax test:
                    return test.Expression;
                case SwitchStatementSyntax choice:
                    return choice.Expression;
                case SwitchExpressionSyntax choice:
                    return choice.GoverningExpression;
                case AssignmentExpressionSyntax assignment:
                    return assignment.Right;
                case StatementSyntax and not BlockSyntax:
                    return null;
            }
        }

        return null;
    }

    private void FollowParameter(IParameterSymbol parameter, SyntaxNode at, bool inner)
    {
        if (!_followed.Add(parameter))
        {
            return;
        }

        if (parameter.ContainingSymbol is not IMethodSymbol method)
        {
            _anything = true;
            return;
        }

        if (method.MethodKind == MethodKind.AnonymousFunction)
        {
            // model.apply(m => ...): an element of what the lambda is passed to.
            var call = at.FirstAncestorOrSelf<AnonymousFunctionExpressionSyntax>()?.FirstAncestorOrSelf<InvocationExpressionSyntax>();
            if (call?.Expression is MemberAccessExpressionSyntax access)
            {
                _pending.Enqueue((access.Expression, true));
            }
            else if (call?.Expression is IdentifierNameSyntax && SymbolOf(call) is IMethodSymbol { IsStatic: false } own && _symbols.IsModule(own.ContainingType))
            {
                WriteSelf(call, inner: true);
            }
            else
            {
                _anything = true;
            }

            return;
        }

        // A constructor's parameter may be one of the modules that it is given.
        var calls = Callers(method).ToList();
        if (calls.Count == 0)
        {
            End(parameter.Type);
            return;
        }

        foreach (var arguments in calls)
        {
            var expression = ArgumentFor(arguments, parameter, method);
            if (expression is null)
            {
                _anything |= !parameter.IsOptional;
            }
            else
            {
                _pending.Enqueue((expression, inner));
            }
        }
    }

    private IEnumerable<(InvocationExpressionSyntax? Call, ArgumentListSyntax? Arguments)> Callers(IMethodSymbol method)
    {
        foreach (var tree in _symbols.Compilation.SyntaxTrees)
        {
            var index = TreeIndex.Of(tree, _cancellation);
            var nodes = method.MethodKind == MethodKind.Constructor
                ? index.Calls(method.ContainingType.Name).Concat(index.Calls(TreeIndex.TargetTypedNew))
                : index.Calls(method.Name);
            foreach (var node in nodes)
            {
                if (SymbolOf(node) is IMethodSymbol target
                    && SymbolEqualityComparer.Default.Equals((target.ReducedFrom ?? target).OriginalDefinition, method.OriginalDefinition))
                {
                    yield return node switch
                    {
                        InvocationExpressionSyntax call => (call, call.ArgumentList),
                        BaseObjectCreationExpressionSyntax creation => (null, creation.ArgumentList),
                        _ => (null, null),
                    };
                }
            }
        }
    }

    private static ExpressionSyntax? ArgumentFor(
        (InvocationExpressionSyntax? Call, ArgumentListSyntax? Arguments) site, IParameterSymbol parameter, IMethodSymbol method)
    {
        var ordinal = parameter.Ordinal;
        if (method.IsExtensionMethod && site.Call?.Expression is MemberAccessExpressionSyntax access && site.Arguments?.Arguments.Count < method.Parameters.Length)
        {
            if (ordinal == 0)
            {
                return access.Expression;
            }

            ordinal--;
        }

        var arguments = site.Arguments?.Arguments ?? default;
        foreach (var argument in arguments)
        {
            if (argument.NameColon?.Name.Identifier.ValueText == parameter.Name)
            {
                return argument.Expression;
            }
        }

        return ordinal < arguments.Count && arguments[ordinal].NameColon is null ? arguments[ordinal].Expression : null;
    }

    // A member of a module writes into its own object.
    private void WriteSelf(SyntaxNode at, bool inner)
    {
        if (at.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration || ModelOf(at).GetDeclaredSymbol(declaration, _cancellation) is not { } type)
        {
            _anything = true;
            return;
        }

        if (!_symbols.IsModule(type))
        {
            // A field of some other class: what it holds is not followed.
            if (at is ExpressionSyntax expression)
            {
                End(TypeOf(expression));
            }

            return;
        }

        if (inner)
        {
            WriteContent(type);
        }

        var member = at.Ancestors().FirstOrDefault(node => node is BaseMethodDeclarationSyntax or BasePropertyDeclarationSyntax or FieldDeclarationSyntax);
        if (member is MethodDeclarationSyntax declared && ModelOf(at).GetDeclaredSymbol(declared, _cancellation) is { } method)
        {
            if (!_followed.Add(method))
            {
                return;
            }

            // What a constructor calls, the interpreter sees.
            var callers = Callers(method).ToList();
            if (callers.Count == 0 || callers.Any(caller => !IsInConstructorOf(caller.Call, type)))
            {
                Write(type, inner: true);
            }
        }
        else if (member is BasePropertyDeclarationSyntax)
        {
            Write(type, inner: true);
        }
    }

    private bool IsInConstructorOf(SyntaxNode? call, INamedTypeSymbol type) =>
        call?.FirstAncestorOrSelf<ConstructorDeclarationSyntax>() is { } constructor
        && ModelOf(call).GetDeclaredSymbol(constructor, _cancellation)?.ContainingType is { } container
        && (SymbolEqualityComparer.Default.Equals(container, type) || TorchSharpSymbols.Derives(container, type.OriginalDefinition));

    private void Write(INamedTypeSymbol type, bool inner)
    {
        if (_written.Add(type.OriginalDefinition) || inner)
        {
            WriteContent(type);
        }
    }

    // The modules that a class makes or has as members.
    private void WriteContent(INamedTypeSymbol type)
    {
        var pending = new Queue<INamedTypeSymbol>();
        var seen = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        pending.Enqueue(type.OriginalDefinition);
        while (pending.Count > 0)
        {
            var current = pending.Dequeue();
            if (!seen.Add(current))
            {
                continue;
            }

            foreach (var content in ContentOf(current))
            {
                if (IsDeclaredHere(content) && _symbols.IsModule(content))
                {
                    _written.Add(content.OriginalDefinition);
                    pending.Enqueue(content.OriginalDefinition);
                }
            }
        }
    }

    private IEnumerable<INamedTypeSymbol> ContentOf(INamedTypeSymbol type)
    {
        foreach (var reference in type.DeclaringSyntaxReferences)
        {
            foreach (var node in reference.GetSyntax(_cancellation).DescendantNodes())
            {
                if (node is BaseObjectCreationExpressionSyntax or SimpleNameSyntax { Parent: TypeArgumentListSyntax or VariableDeclarationSyntax or PropertyDeclarationSyntax }
                    && TypeOf((ExpressionSyntax)node) is INamedTypeSymbol content)
                {
                    yield return content;
                }
            }
        }
    }

    private bool IsDeclaredHere(INamedTypeSymbol? type) =>
        type is not null && SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, _symbols.Compilation.Assembly);

    private ISymbol? SymbolOf(SyntaxNode node)
    {
        var info = ModelOf(node).GetSymbolInfo(node, _cancellation);
        return info.Symbol ?? (info.CandidateSymbols.Length > 0 ? info.CandidateSymbols[0] : null);
    }

    private ITypeSymbol? TypeOf(ExpressionSyntax expression) => ModelOf(expression).GetTypeInfo(expression, _cancellation).Type;

    private SemanticModel ModelOf(SyntaxNode node) => _index.SemanticModelOf(node.SyntaxTree);
}
