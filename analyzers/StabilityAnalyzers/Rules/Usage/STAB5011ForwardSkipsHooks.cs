using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>STAB5011: a child module is run by <c>forward</c>, although hooks are registered on it, which only <c>call</c> runs.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5011ForwardSkipsHooks : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5011";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "forward skips the hooks of a child module",
        "Hooks are registered on '{0}', and forward does not run them: use call",
        RuleCategory.Usage,
        DiagnosticSeverity.Info,
        "The hooks of a module are run by call and not by forward. Where a model runs its children by forward, hooks on them see nothing, and what is measured through hooks is missing.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        // Looked for once, when the first forward turns up; not for the request at hand alone, whose end must not end it.
        var hooks = new Lazy<HookedModules>(() => HookedModules.Find(symbols, CancellationToken.None));
        context.RegisterOperationAction(
            operation => Analyze(operation, (IInvocationOperation)operation.Operation, symbols, hooks), OperationKind.Invocation);
    }

    private static void Analyze(
        OperationAnalysisContext context, IInvocationOperation call, TorchSharpSymbols symbols, Lazy<HookedModules> hooks)
    {
        if (call.TargetMethod.Name == "forward"
            && call.Instance.Unwrap() is IFieldReferenceOperation { Field: { IsStatic: false } field, Instance: IInstanceReferenceOperation } reference
            && symbols.IsModule(field.Type)
            && symbols.IsModule(context.ContainingSymbol.ContainingType)

            // These run the native module, whichever method is called.
            && symbols.LayerOf(field.Type) is not { Family: LayerFamily.Attention }
            && HasCall(field.Type, call.Arguments.Length)
            && hooks.Value.Concern(reference, context.ContainingSymbol.ContainingType, context.CancellationToken))
        {
            context.ReportDiagnostic(Diagnostic.Create(s_rule, call.Syntax.GetLocation(), field.Name));
        }
    }

    private static bool HasCall(ITypeSymbol type, int arguments)
    {
        for (var t = type; t is not null; t = t.BaseType)
        {
            if (t.GetMembers("call").OfType<IMethodSymbol>().Any(method => method.Parameters.Length == arguments))
            {
                return true;
            }
        }

        return false;
    }
}
