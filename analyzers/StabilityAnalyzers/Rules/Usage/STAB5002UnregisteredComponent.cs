using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>
/// STAB5002: a layer or tensor of a module that <c>RegisterComponents</c> does not find: it is in a plain collection, in a
/// static field, assigned too late, or a tensor that should be a parameter.
/// </summary>
/// <remarks>
/// Only for classes that register in the plain way, only for layers that hold parameters, and only where every use of the
/// field is understood: whoever registers, moves or trains such layers by hand is left alone.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB5002UnregisteredComponent : TorchSharpAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB5002";

    /// <summary>The property of the diagnostic that says which of the shapes it is.</summary>
    internal const string ShapeProperty = "shape";

    /// <summary>The shape of layers in a list, array or dictionary.</summary>
    internal const string Collection = "collection";

    /// <summary>The shape of a layer in a static field.</summary>
    internal const string Static = "static";

    /// <summary>The shape of a tensor that requires a gradient.</summary>
    internal const string Tensor = "tensor";

    private const string Late = "late";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "A layer or parameter is never registered",
        "'{0}' {1}: it is not among the parameters of '{2}', and is not trained",
        RuleCategory.Usage,
        DiagnosticSeverity.Warning,
        "A module knows the layers and parameters that are in its own fields, or in a ModuleList or ModuleDict there, when RegisterComponents is called. What is elsewhere takes part in the computation, but is not trained, moved, saved or switched to evaluation, and nothing says so.");

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
        var elements = new UnregisteredElements(symbols, content, cancellation);
        var late = new LateComponents(registration, symbols, content, cancellation);
        foreach (var field in type.GetMembers().OfType<IFieldSymbol>().Where(field => field is { IsImplicitlyDeclared: false, IsConst: false }))
        {
            if (symbols.IsModule(field.Type))
            {
                if (field.IsStatic && elements.IsHeldStatically(field))
                {
                    Report(field.Locations.FirstOrDefault(), field, Static, "is in a static field");
                }
                else if (!field.IsStatic)
                {
                    foreach (var assignment in late.AssignmentsOf(field))
                    {
                        Report(assignment.Syntax.GetLocation(), field, Late, "is assigned after the components are registered");
                    }
                }
            }
            else if (!field.IsStatic && elements.AreHeldIn(field))
            {
                Report(field.Locations.FirstOrDefault(), field, Collection, "holds layers in a collection that is no module");
            }
            else if (!field.IsStatic && elements.IsTrainableTensor(field))
            {
                Report(field.Locations.FirstOrDefault(), field, Tensor, "requires a gradient, but is a tensor and no Parameter");
            }
        }

        void Report(Location? location, IFieldSymbol field, string shape, string what) => context.ReportDiagnostic(Diagnostic.Create(
            s_rule, location, ImmutableDictionary<string, string?>.Empty.Add(ShapeProperty, shape), field.Name, what, type.Name));
    }
}
