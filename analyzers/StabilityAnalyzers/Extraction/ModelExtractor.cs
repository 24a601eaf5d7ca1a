using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Extraction;

/// <summary>Gives the graphs of the models in a compilation.</summary>
/// <param name="symbols">TorchSharp in the compilation.</param>
/// <param name="budget">What one model may cost.</param>
internal sealed class ModelExtractor(TorchSharpSymbols symbols, Budget budget)
{
    // Ways in which one class is made, conditions aside; and the graphs that they give.
    private const int MostModels = 64;
    private const int MostChoices = 8;

    private readonly Constructions _constructions = new(symbols);
    private WeightWriters? _writers;

    /// <summary>
    /// The graph of a module class, once for each way in which the compilation makes it and for each outcome of conditions that
    /// the code does not decide. Empty for a class that is abstract or no module.
    /// </summary>
    /// <param name="type">The class.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public IReadOnlyList<ExtractedModel> OfType(INamedTypeSymbol type, CancellationToken cancellation)
    {
        if (type.IsAbstract || type.TypeKind != TypeKind.Class || !symbols.IsModule(type) || DeclarationOf(type, cancellation) is not { } declaration)
        {
            return [];
        }

        var name = type.ToDisplayString();
        var ways = IsMadeInOneWay(type) ? [] : _constructions.Of(type, cancellation);
        if (ways is { Count: 0 })
        {
            // Made elsewhere, in ways that are not known here.
            ways = type.InstanceConstructors
                .Select(constructor => Construction.WithConstants(type, constructor, ImmutableDictionary<string, object?>.Empty)).ToArray();
        }

        var models = new List<ExtractedModel>();
        var spent = 0;
        foreach (var way in ways ?? [])
        {
            foreach (var model in OfWay(way, declaration, ref spent, cancellation))
            {
                if (!models.Any(model.IsLike))
                {
                    models.Add(model);
                }
            }

            if (models.Count > MostModels || spent > 8 * budget.Operations)
            {
                return [ExtractedModel.Unknown(name, "it is made in too many ways")];
            }
        }

        return ways is null ? [ExtractedModel.Unknown(name, "it is made in too many places")]
            : models.Count == 0 ? [ExtractedModel.Unknown(name, "the constructor or 'forward' does not return")]
            : models;
    }

    // Nothing that a caller could say: no parameters, no type arguments, nothing that an object initialiser could set or add to.
    // Who makes it need not be looked for then, which costs more than all the rest.
    private bool IsMadeInOneWay(INamedTypeSymbol type)
    {
        if (type.IsGenericType || type.ContainingType is { IsGenericType: true } || type.InstanceConstructors is not [{ Parameters.IsEmpty: true }])
        {
            return false;
        }

        for (var at = type; at is not null && SymbolEqualityComparer.Default.Equals(at.ContainingAssembly, symbols.Compilation.Assembly); at = at.BaseType)
        {
            foreach (var member in at.GetMembers())
            {
                if (member is IFieldSymbol { IsStatic: false, AssociatedSymbol: null, DeclaredAccessibility: not Accessibility.Private }
                    or IPropertySymbol { IsStatic: false, DeclaredAccessibility: not Accessibility.Private }
                    or IMethodSymbol { Name: "Add", IsStatic: false }
                    or INamedTypeSymbol)
                {
                    return false;
                }
            }
        }

        return true;
    }

    // Every way through the conditions on its own if they are few, or else all of them at once.
    private List<ExtractedModel> OfWay(Construction way, SyntaxNode declaration, ref int spent, CancellationToken cancellation)
    {
        var models = new List<ExtractedModel>();
        IReadOnlyList<int>? plan = [];
        for (var runs = 0; plan is not null; runs++)
        {
            if (runs == MostChoices)
            {
                models.Clear();
                AddRun(models, way, declaration, null, ref spent, cancellation);
                return models;
            }

            plan = AddRun(models, way, declaration, plan, ref spent, cancellation);
        }

        return models;
    }

    private IReadOnlyList<int>? AddRun(
        List<ExtractedModel> models, Construction way, SyntaxNode declaration, IReadOnlyList<int>? plan, ref int spent, CancellationToken cancellation)
    {
        var run = new Interpreter(symbols, way.Type, budget, cancellation, plan, sizeSample: 1);
        var model = run.Extract(way, declaration);
        spent += run.Spent;
        if (model is not null && run.UsesSizes)
        {
            var other = new Interpreter(symbols, way.Type, budget, cancellation, plan, sizeSample: 2);
            if (other.Extract(way, declaration) is { } second)
            {
                models.Add(model with { SizeSample = 1 });
                models.Add(second with { SizeSample = 2 });
            }

            spent += other.Spent;
        }
        else if (model is not null)
        {
            models.Add(model);
        }

        return run.NextPlan();
    }

    /// <summary>The graph of every <c>Sequential</c> that a method or the initialiser of a member outside of module classes makes.</summary>
    /// <param name="member">The method, field or property.</param>
    /// <param name="body">Its body or initialiser.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public IReadOnlyList<ExtractedModel> OfBlock(ISymbol member, IOperation body, CancellationToken cancellation) =>
        new Interpreter(symbols, member.ContainingType, budget, cancellation).ExtractBlock(member.ToDisplayString(), body);

    /// <summary>
    /// What the compilation writes into weights from outside of constructors. To be asked when something is about to be
    /// reported, for it looks through all files.
    /// </summary>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public WeightWriters Writers(CancellationToken cancellation) => _writers ??= WeightWriters.Of(symbols, cancellation);

    /// <summary>
    /// True if the compilation may put other layers into the objects of a class after it has made them. To be asked when something
    /// is about to be reported.
    /// </summary>
    /// <param name="type">The class.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public bool MayBeRebuilt(INamedTypeSymbol type, CancellationToken cancellation) => LaterChanges.To(type, symbols, cancellation);

    /// <summary>The same for the container that an expression makes.</summary>
    /// <param name="creation">The expression.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public bool MayBeRebuilt(SyntaxNode creation, CancellationToken cancellation) => LaterChanges.To(creation, symbols, cancellation);

    private static SyntaxNode? DeclarationOf(INamedTypeSymbol type, CancellationToken cancellation) =>
        type.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(cancellation)).OfType<TypeDeclarationSyntax>().FirstOrDefault();
}
