using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>The elements that an expression puts into the collection that it makes.</summary>
internal static class CollectionElements
{
    private const int Budget = 500;

    /// <summary>The elements that are written out, or made by the lambda of a <c>Select</c>; what else there may be is left out.</summary>
    public static IEnumerable<IOperation> Of(IOperation collection)
    {
        var work = new Stack<IOperation?>();
        work.Push(collection);
        for (var spent = 0; work.Count > 0 && spent < Budget; spent++)
        {
            switch (work.Pop().Unwrap())
            {
                // new[] { a, b }
                case IArrayCreationOperation { Initializer.ElementValues: var elements }:
                    foreach (var element in elements)
                    {
                        yield return element;
                    }

                    break;

                // Linear[] layers = { a, b };
                case IArrayInitializerOperation { ElementValues: var elements }:
                    foreach (var element in elements)
                    {
                        yield return element;
                    }

                    break;

                // new List<Linear> { a, b }, new Dictionary<string, Linear> { ["a"] = a, { "b", b } }, new List<Linear>(others)
                case IObjectCreationOperation creation:
                    foreach (var argument in creation.Arguments)
                    {
                        work.Push(argument.Value);
                    }

                    foreach (var initializer in creation.Initializer?.Initializers ?? ImmutableArray<IOperation>.Empty)
                    {
                        foreach (var value in initializer switch
                        {
                            IInvocationOperation add => add.Arguments.Select(argument => argument.Value),
                            ISimpleAssignmentOperation assignment => [assignment.Value],
                            _ => [],
                        })
                        {
                            yield return value;
                        }
                    }

                    break;

                // Enumerable.Range(0, 4).Select(_ => Linear(8, 8)).ToList()
                case IInvocationOperation { TargetMethod: { IsExtensionMethod: true, ContainingType.Name: "Enumerable" } method } call
                    when call.Arguments.Length > 0 && method.Name is "ToList" or "ToArray" or "Select":
                    if (method.Name != "Select")
                    {
                        work.Push(call.Arguments[0].Value);
                    }
                    else if (call.Arguments.Length > 1 && call.Arguments[1].Value.Unwrap() is IDelegateCreationOperation { Target: IAnonymousFunctionOperation lambda })
                    {
                        foreach (var statement in lambda.Body.Operations.OfType<IReturnOperation>())
                        {
                            if (statement.ReturnedValue is { } made)
                            {
                                yield return made;
                            }
                        }
                    }

                    break;

                // [a, b], which older compilers do not describe
                case { Syntax: CollectionExpressionSyntax } expression:
                    foreach (var element in expression.ChildOperations)
                    {
                        yield return element;
                    }

                    break;
            }
        }
    }
}
