using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>
/// STAB5001: a module's <c>RegisterComponents()</c> is missing where nobody makes up for it, comes before a layer is there,
/// or has no effect because a base class called it already.
/// </summary>
/// <remarks>
/// A module without the call is fine as long as a registered module holds it in a field, <c>ModuleList</c> or
/// <c>ModuleDict</c>, which is how most of them are meant. So the call is missed only where an instance is certainly a root
/// that is trained, saved or moved, or is put into a <c>Sequential</c>.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5001ComponentsNotRegistered : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5001";

    /// <summary>The property of the diagnostic that says which of the shapes it is.</summary>
    internal const string ShapeProperty = "shape";

    /// <summary>The shape of a class that does not call it.</summary>
    internal const string Missing = "missing";

    /// <summary>The shape of a constructor that calls it before a layer is assigned.</summary>
    internal const string Early = "early";

    /// <summary>The shape of a constructor whose base has called it.</summary>
    internal const string Base = "base";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "RegisterComponents is missing, too early or without effect",
        "'{0}' {1}: {2}",
        RuleCategory.Usage,
        DiagnosticSeverity.Warning,
        "RegisterComponents makes the layers in the fields of a module known to it, once, as they are at that moment. A layer that it does not find has no place in parameters(): nothing of it is trained, moved or saved, and no exception says so.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(s_rule);

    private protected override void Register(CompilationStartAnalysisContext context, TorchSharpSymbols symbols) =>
        context.RegisterSymbolAction(symbol => Analyze(symbol, (INamedTypeSymbol)symbol.Symbol, symbols), SymbolKind.NamedType);

    private static void Analyze(SymbolAnalysisContext context, INamedTypeSymbol type, TorchSharpSymbols symbols)
    {
        var cancellation = context.CancellationToken;
        if (type.TypeKind != TypeKind.Class || !symbols.IsModule(type))
        {
            return;
        }

        var registration = new ModuleRegistration(symbols, cancellation);
        if (!registration.IsPlain(type))
        {
            return;
        }

        var content = new ParameterContent(symbols, cancellation);
        if (!registration.IsCalledIn(type))
        {
            if (!type.IsAbstract && content.IsIn(type) && ModuleRoots.WhyRegistrationMatters(type, symbols, cancellation) is { } why)
            {
                var constructor = registration.Constructors(type).FirstOrDefault();
                Report(constructor?.Identifier.GetLocation() ?? type.Locations.FirstOrDefault(), Missing, "does not call RegisterComponents", why);
            }

            return;
        }

        foreach (var constructor in registration.Constructors(type))
        {
            var isDoneBefore = registration.IsDoneBefore(constructor);
            var call = ModuleRegistration.CallIn(constructor);
            if (!isDoneBefore && call is null)
            {
                continue;
            }

            var lost = LostAssignments.In(constructor, isDoneBefore ? 0 : call!.Span.End, symbols, content, cancellation);
            if (lost.FirstOrDefault() is not { } first)
            {
                continue;
            }

            var fields = string.Join(", ", lost.Select(assignment => "'" + assignment.Field.Name + "'").Distinct());
            if (isDoneBefore)
            {
                Report(first.Syntax.GetLocation(), Base, "has its components registered by the constructor that runs before this one",
                    $"what is assigned to {fields} here is not among its parameters");
            }
            else
            {
                Report(call!.GetLocation(), Early, "registers its components too early",
                    $"what is assigned to {fields} after it is not among its parameters");
            }
        }

        void Report(Location? location, string shape, string what, string why) => context.ReportDiagnostic(Diagnostic.Create(
            s_rule, location, ImmutableDictionary<string, string?>.Empty.Add(ShapeProperty, shape), type.Name, what, why));
    }
}
