using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>Finds instances of a module class for which nobody but the class itself can call <c>RegisterComponents</c>.</summary>
internal sealed class ModuleRoots
{
    private const int MaxVariables = 16;

    // What a module without parameters cannot do as it should.
    private static readonly string[] s_matters =
        ["parameters", "named_parameters", "save", "load", "state_dict", "load_state_dict", "to", "cuda", "half", "bfloat16", "double"];

    private readonly TorchSharpSymbols _symbols;
    private readonly CancellationToken _cancellation;
    private readonly SourceIndex _source;

    private ModuleRoots(TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        _symbols = symbols;
        _cancellation = cancellation;
        _source = SourceIndex.Of(symbols.Compilation);
    }

    /// <summary>What one instance is used for that cannot work without the call, in words; null when there is no such instance for certain.</summary>
    public static string? WhyRegistrationMatters(INamedTypeSymbol type, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        var roots = new ModuleRoots(symbols, cancellation);
        foreach (var constructor in type.InstanceConstructors)
        {
            foreach (var call in roots._source.CallsOf(constructor, cancellation))
            {
                if (call is IObjectCreationOperation creation && roots.Why(creation) is { } why)
                {
                    return why;
                }
            }
        }

        return null;
    }

    private string? Why(IOperation creation)
    {
        var outer = creation.Outer();

        // new Net().to(device)
        while (outer is IArgumentOperation { Parent: IInvocationOperation moved } && IsModuleExtension(moved))
        {
            outer = moved.Outer();
        }

        if (outer is IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol: var local } })
        {
            return WhyOf(local, creation.Enclosing().Body) is { } use ? $"'{use}' of the instance in '{local.Name}' finds nothing in it" : null;
        }

        return IsInSequential(outer) ? "it is put into a Sequential, which does not register what it holds" : null;
    }

    // The first use that matters, or null where it may be registered after all.
    private string? WhyOf(ISymbol variable, IOperation scope)
    {
        string? found = null;
        var work = new Queue<(ISymbol Variable, IOperation Scope)>();
        var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default) { variable };
        work.Enqueue((variable, scope));
        while (work.Count > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            var (current, body) = work.Dequeue();
            foreach (var reference in body.Descendants().Where(operation => SymbolEqualityComparer.Default.Equals(operation.ReferredSymbol(), current)))
            {
                switch (reference.Outer())
                {
                    case IInvocationOperation call when ReferenceEquals(call.Instance.Unwrap(), reference):
                        found ??= s_matters.Contains(call.TargetMethod.Name) ? call.TargetMethod.Name : null;
                        break;
                    case IArgumentOperation { Parent: IInvocationOperation call } when IsModuleExtension(call):
                        found ??= s_matters.Contains(call.TargetMethod.Name) && !IsToCpu(call) ? call.TargetMethod.Name : null;
                        break;
                    case IArgumentOperation { Parameter: { RefKind: RefKind.None } parameter, Parent: IInvocationOperation call }
                        when !call.IsVirtual && seen.Count < MaxVariables && _source.IsSource(call.TargetMethod.OriginalDefinition):
                        var own = parameter.OriginalDefinition;
                        if (seen.Add(own))
                        {
                            foreach (var next in _source.Bodies(call.TargetMethod, _cancellation))
                            {
                                work.Enqueue((own, next));
                            }
                        }

                        break;
                    case IMemberReferenceOperation member when ReferenceEquals(member.Instance.Unwrap(), reference):
                    case INameOfOperation or IUsingOperation or IIsTypeOperation or IIsPatternOperation:
                        break;
                    default:
                        return null;
                }
            }
        }

        return found;
    }

    private bool IsModuleExtension(IInvocationOperation call) =>
        SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, _symbols.ModuleExtensions);

    // .to(CPU) of what is there already
    private static bool IsToCpu(IInvocationOperation call) =>
        call.Arguments.Any(argument => argument.Value.Unwrap() is IMemberReferenceOperation { Member.Name: "CPU" });

    // Sequential(new Block()), Sequential(("a", new Block())), sequential.append("a", new Block())
    private bool IsInSequential(IOperation? outer)
    {
        while (outer is ITupleOperation or IArrayInitializerOperation or IArrayCreationOperation or IConversionOperation)
        {
            outer = outer.Parent;
        }

        return outer is IArgumentOperation { Parent: IInvocationOperation call }
            && (call.TargetMethod.Name is "Sequential" or "append")
            && (SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, _symbols.NN)
                || SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, _symbols.Sequential));
    }
}
