using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Initialization;

/// <summary>STAB2003: an initialiser call throws, or does nothing that anybody could see.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB2003UselessInitializer : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB2003";

    /// <summary>The property of the diagnostic that says what is wrong: one of the constants below.</summary>
    internal const string Reason = "reason";

    /// <summary>The tensor has not the number of dimensions that the initialiser needs.</summary>
    internal const string Dimensions = "dimensions";

    /// <summary>The same tensor is initialised again.</summary>
    internal const string Overwritten = "overwritten";

    /// <summary>The module is replaced by another one.</summary>
    internal const string Replaced = "replaced";

    /// <summary>It goes through the modules before they are registered.</summary>
    internal const string Registration = "registration";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "An initialiser call throws or has no effect",
        "'{0}' {1}",
        RuleCategory.Initialization,
        DiagnosticSeverity.Warning,
        "The model starts with other weights than the code says, or does not start at all.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols)
    {
        var registration = new RegistrationOrder(symbols, SourceIndex.Of(context.Compilation));
        context.RegisterOperationAction(
            action =>
            {
                var call = (IInvocationOperation)action.Operation;
                var found = IsInitializer(call, symbols)
                    ? InitializerDimensions.Misfit(call, symbols) is { } misfit ? (Dimensions, misfit) : InitializerFate.Of(call, symbols)
                    : registration.SeesNothing(call, action.CancellationToken) ? (Registration, "sees nothing before RegisterComponents(): what it should initialise keeps its default")
                    : null;
                if (found is var (reason, text))
                {
                    action.ReportDiagnostic(Diagnostic.Create(
                        s_rule,
                        call.Syntax.GetLocation(),
                        ImmutableDictionary<string, string?>.Empty.Add(Reason, reason),
                        reason == Registration ? call.TargetMethod.Name + "()" : call.TargetMethod.Name,
                        text));
                }
            },
            OperationKind.Invocation);
    }

    /// <summary>True for a call of <c>torch.nn.init</c> that writes into its first argument.</summary>
    internal static bool IsInitializer(IInvocationOperation call, TorchSharpSymbols symbols) =>
        SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, symbols.Init)
        && InitializerCatalog.ByName.ContainsKey(call.TargetMethod.Name);

    /// <summary>What an initialiser writes into: the parameter of a layer, as the property of the layer.</summary>
    internal static IPropertyReferenceOperation? TargetOf(IInvocationOperation call)
    {
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter?.Ordinal == 0)
            {
                return argument.Value.Unwrap() as IPropertyReferenceOperation;
            }
        }

        return null;
    }
}
