using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Extraction;

/// <content>Statements.</content>
internal sealed partial class Interpreter
{
    private void Execute(IOperation? statement)
    {
        if (statement is null || !IsReachable || !Spend())
        {
            return;
        }

        if (_depth >= _budget.Depth)
        {
            Havoc("the code is nested too deeply");
            return;
        }

        _depth++;
        Dispatch(statement);
        _depth--;
    }

    private void Dispatch(IOperation statement)
    {
        switch (statement)
        {
            case IBlockOperation block:
                ExecuteAll(block.Operations);
                break;
            case IMethodBodyBaseOperation body:
                Execute(body.BlockBody ?? body.ExpressionBody);
                break;
            case IExpressionStatementOperation expression:
                Evaluate(expression.Operation);
                break;
            case IVariableDeclarationGroupOperation group:
                ExecuteAll(group.Declarations);
                break;
            case IVariableDeclarationOperation declaration:
                foreach (var declarator in declaration.Declarators)
                {
                    if ((declarator.Initializer ?? declaration.Initializer) is { } initializer)
                    {
                        Set(declarator.Symbol, Evaluate(initializer.Value));
                    }
                }

                break;
            case IUsingDeclarationOperation declaration:
                Execute(declaration.DeclarationGroup);
                break;
            case IUsingOperation scope:
                if (scope.Resources is IVariableDeclarationGroupOperation)
                {
                    Execute(scope.Resources);
                }
                else
                {
                    Evaluate(scope.Resources);
                }

                Execute(scope.Body);
                break;
            case IReturnOperation { Kind: OperationKind.YieldReturn } yield:
                (_frame.Yielded ??= []).Add(Evaluate(yield.ReturnedValue));
                break;
            case IReturnOperation { Kind: OperationKind.YieldBreak }:
                Return(Value.Null);
                break;
            case IReturnOperation result:
                Return(result.ReturnedValue is null ? Value.Null : Evaluate(result.ReturnedValue));
                break;
            case IConditionalOperation branch:
                Branch(OnlyThrows(branch.WhenTrue) ? Truth(Evaluate(branch.Condition)) ?? false : Decide(branch.Condition), branch.WhenTrue, branch.WhenFalse, branch.Syntax);
                break;
            case IForLoopOperation loop:
                ExecuteAll(loop.Before);
                Loop(loop, loop.Condition, loop.AtLoopBottom, testFirst: true);
                break;
            case IWhileLoopOperation loop:
                Loop(loop, loop.ConditionIsUntil ? null : loop.Condition, ImmutableArray<IOperation>.Empty, loop.ConditionIsTop);
                break;
            case IForEachLoopOperation loop:
                ForEach(loop);
                break;
            case ISwitchOperation choice:
                Switch(choice);
                break;
            case ITryOperation attempt:
                Try(attempt);
                break;
            case ILockOperation guarded:
                Evaluate(guarded.LockedValue);
                Execute(guarded.Body);
                break;
            case IThrowOperation thrown:
                Evaluate(thrown.Exception);
                _state = null;
                break;
            case IBranchOperation jump:
                Jump(jump);
                break;
            case ILabeledOperation labeled:
                Havoc("a label makes the order of statements unclear");
                Execute(labeled.Operation);
                break;
            case ILocalFunctionOperation or IEmptyOperation:
                break;
            default:
                Evaluate(statement);
                break;
        }
    }

    private void ExecuteAll<T>(ImmutableArray<T> statements)
        where T : IOperation
    {
        foreach (var statement in statements)
        {
            Execute(statement);
        }
    }

    private void Return(Value value)
    {
        if (_state is not null)
        {
            _frame.Returns.Add((value, _state));
            _state = null;
        }
    }

    private void Branch(bool? condition, IOperation? whenTrue, IOperation? whenFalse, SyntaxNode at)
    {
        if (condition is { } known)
        {
            Execute(known ? whenTrue : whenFalse);
            return;
        }

        var before = _state;
        Execute(whenTrue);
        var afterTrue = _state;
        _state = before;
        Execute(whenFalse);
        _state = Merge(afterTrue, _state, at);
    }

    private void Loop(ILoopOperation loop, IOperation? condition, ImmutableArray<IOperation> bottom, bool testFirst)
    {
        var jumps = new Jumps(loop.ExitLabel, loop.ContinueLabel);
        _frame.Jumps.Add(jumps);
        var test = testFirst;
        while (IsReachable && Spend())
        {
            if (test)
            {
                // Without a condition a loop ends by a jump alone: for (;;).
                var goesOn = condition is null ? loop is IForLoopOperation ? true : (bool?)null : Truth(Evaluate(condition));
                if (goesOn is false)
                {
                    break;
                }

                if (goesOn is null)
                {
                    if (!TryRepeat(loop, jumps))
                    {
                        RepeatUnknown(loop, condition, bottom, jumps);
                    }

                    break;
                }
            }

            test = true;
            Pass(loop.Body, jumps);
            ExecuteAll(bottom);
        }

        _frame.Jumps.RemoveAt(_frame.Jumps.Count - 1);
        foreach (var state in jumps.Breaks)
        {
            _state = Merge(_state, state, loop.Syntax);
        }
    }

    private void Pass(IOperation body, Jumps jumps)
    {
        Execute(body);
        foreach (var state in jumps.Continues)
        {
            _state = Merge(_state, state, body.Syntax);
        }

        jumps.Continues.Clear();
    }

    // A loop whose number of passes is not known: what it changes is unknown afterwards, and during each pass.
    private void RepeatUnknown(IOperation loop, IOperation? condition, ImmutableArray<IOperation> bottom, Jumps jumps)
    {
        _repeats++;
        RepeatMerging(loop, condition, bottom, jumps);
        _repeats--;
    }

    private void RepeatMerging(IOperation loop, IOperation? condition, ImmutableArray<IOperation> bottom, Jumps jumps)
    {
        for (var pass = 0; pass < 5 && IsReachable; pass++)
        {
            var before = _state;
            if (loop is IForEachLoopOperation each)
            {
                Assign(each.LoopControlVariable, Value.Unknown("an element of an unknown sequence"));
            }

            Pass(loop is ILoopOperation { Body: { } body } ? body : loop, jumps);
            ExecuteAll(bottom);
            if (condition is not null && IsReachable)
            {
                Evaluate(condition);
            }

            _state = Merge(before, _state, loop.Syntax);
            if (IsStable(before, _state))
            {
                return;
            }
        }

        if (IsReachable)
        {
            Havoc("a loop with an unknown number of passes changes too much");
        }
    }

    private void ForEach(IForEachLoopOperation loop)
    {
        var sequence = Evaluate(loop.Collection);
        var items = Items(sequence);
        var jumps = new Jumps(loop.ExitLabel, loop.ContinueLabel);
        _frame.Jumps.Add(jumps);
        if (items is null)
        {
            if (PartsOf(sequence) is not { } parts || !TryForEachPart(loop, jumps, parts))
            {
                RepeatUnknown(loop, null, ImmutableArray<IOperation>.Empty, jumps);
            }
        }
        else
        {
            foreach (var item in items)
            {
                if (!IsReachable || !Spend())
                {
                    break;
                }

                Assign(loop.LoopControlVariable, item);
                Pass(loop.Body, jumps);
            }
        }

        _frame.Jumps.RemoveAt(_frame.Jumps.Count - 1);
        foreach (var state in jumps.Breaks)
        {
            _state = Merge(_state, state, loop.Syntax);
        }
    }

    private void Switch(ISwitchOperation choice)
    {
        var value = Evaluate(choice.Value);
        var jumps = new Jumps(choice.ExitLabel, null);
        _frame.Jumps.Add(jumps);
        var before = _state;
        State? merged = null;
        var mayFallThrough = true;
        int? chosen = null, candidate = 0;
        if (value is not ConstantValue)
        {
            // One more for none of them, unless there is a default.
            chosen = Choose(choice.Cases.Length + (choice.Cases.Any(section => section.Clauses.Any(clause => clause is IDefaultCaseClauseOperation)) ? 0 : 1));
        }

        foreach (var section in choice.Cases)
        {
            _state = before;
            var taken = Matches(section, value, choice);
            if (taken is null && chosen is { } only)
            {
                taken = candidate == only;
                if (taken is true && section.Clauses is [ISingleValueCaseClauseOperation single])
                {
                    Assume(choice.Value, Evaluate(single.Value));
                }
            }

            candidate++;
            if (taken is false)
            {
                continue;
            }

            ExecuteAll(section.Body);
            merged = Merge(merged, _state, section.Syntax);
            if (taken is true)
            {
                mayFallThrough = false;
                break;
            }
        }

        _state = mayFallThrough ? Merge(merged, before, choice.Syntax) : merged;
        _frame.Jumps.RemoveAt(_frame.Jumps.Count - 1);
        foreach (var state in jumps.Breaks)
        {
            _state = Merge(_state, state, choice.Syntax);
        }
    }

    // True if the section is certainly taken when none before it is. The default section may stand anywhere.
    private bool? Matches(ISwitchCaseOperation section, Value value, ISwitchOperation choice)
    {
        bool? any = false;
        foreach (var clause in section.Clauses)
        {
            bool? match = clause switch
            {
                ISingleValueCaseClauseOperation single => Equality(value, Evaluate(single.Value)),
                IPatternCaseClauseOperation pattern => Both(
                    Match(pattern.Pattern, value), pattern.Guard is null ? true : Truth(Evaluate(pattern.Guard))),
                IDefaultCaseClauseOperation => ReferenceEquals(section, choice.Cases.LastOrDefault()) ? true : null,
                _ => null,
            };
            if (match is true)
            {
                return true;
            }

            any = match is null ? null : any;
        }

        return any;
    }

    private void Try(ITryOperation attempt)
    {
        var before = _state;
        Execute(attempt.Body);
        var normal = _state;
        foreach (var handler in attempt.Catches)
        {
            // It starts anywhere in the body: with what holds before and after it.
            _state = Merge(before, normal, handler.Syntax);
            Execute(handler.Handler);
            normal = Merge(normal, _state, handler.Syntax);
        }

        _state = normal;
        Execute(attempt.Finally);
    }

    private void Jump(IBranchOperation jump)
    {
        var state = _state;
        _state = null;
        if (state is null)
        {
            return;
        }

        for (var i = _frame.Jumps.Count - 1; i >= 0; i--)
        {
            var target = _frame.Jumps[i];
            if (jump.BranchKind == BranchKind.Break && SymbolEqualityComparer.Default.Equals(jump.Target, target.Exit))
            {
                target.Breaks.Add(state);
                return;
            }

            if (jump.BranchKind == BranchKind.Continue && SymbolEqualityComparer.Default.Equals(jump.Target, target.Next))
            {
                target.Continues.Add(state);
                return;
            }
        }

        // goto, or a jump that does not compile.
        _state = state;
        Havoc("goto makes the order of statements unclear");
    }

    private static bool? Both(bool? a, bool? b) => a is false || b is false ? false : a is true && b is true ? true : null;
}
