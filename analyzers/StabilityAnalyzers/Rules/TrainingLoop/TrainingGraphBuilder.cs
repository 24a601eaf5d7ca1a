using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>
/// Makes the <see cref="TrainingGraph"/> of a member. This part follows the statements; what exceptions do is left out,
/// except that a handler may begin after anything in its <c>try</c>. What cannot be followed leaves an opaque event.
/// </summary>
internal sealed partial class TrainingGraphBuilder
{
    // Statements are followed by recursion, so that their depth, over all the calls that are followed, has a limit.
    private const int MaxNesting = 200;
    private const int MaxOperations = 50_000;

    private readonly List<TrainingNode> _nodes = [];
    private readonly Dictionary<ISymbol, (TrainingNode Node, int Finallies)> _labels = new(SymbolEqualityComparer.Default);

    // What runs before a jump leaves the try and using statements that are open at this point: a block, or resources.
    private readonly List<IOperation> _finallies = [];
    private readonly TrainingNode _entry;

    // The end of the path so far; null where no path leads.
    private TrainingNode? _end;
    private (TrainingNode Node, int Finallies) _exit;
    private int _nesting;
    private int _spent;
    private int _events;

    private TrainingGraph BuildFrom(IOperation root)
    {
        _end = _entry;
        Body(root);
        return new TrainingGraph(_entry, _nodes);
    }

    // A method, local function or lambda: whatever returns from it goes on behind it.
    private void Body(IOperation body)
    {
        var outer = _exit;
        var exit = Node(TrainingEventKind.Join);
        _exit = (exit, _finallies.Count);
        foreach (var child in body.ChildOperations)
        {
            Statement(child);
        }

        _exit = outer;
        GoTo(exit);
        _end = exit;
    }

    private void Statement(IOperation? operation)
    {
        if (operation is null)
        {
            return;
        }

        _cancellation.ThrowIfCancellationRequested();
        if (_nesting == MaxNesting)
        {
            Add(TrainingEventKind.Opaque, operation);
            return;
        }

        _nesting++;
        switch (operation)
        {
            case ILocalFunctionOperation:
                break;
            case IBlockOperation block:
                Block(block);
                break;
            case IUsingOperation block:
                Expression(block.Resources);
                _finallies.Add(block.Resources);
                Statement(block.Body);
                LeaveTo(_finallies.Count - 1);
                break;
            case ILockOperation block:
                Expression(block.LockedValue);
                Statement(block.Body);
                break;
            case IConditionalOperation branches:
                Expression(branches.Condition);
                Branches(branches.WhenTrue, branches.WhenFalse);
                break;
            case ILoopOperation loop:
                Loop(loop);
                break;
            case ISwitchOperation choice:
                Switch(choice);
                break;
            case ITryOperation attempt:
                Try(attempt);
                break;
            case IReturnOperation returned:
                Return(returned);
                break;
            case IThrowOperation thrown:
                Expression(thrown.Exception);
                _end = null;
                break;
            case IBranchOperation branch:
                Branch(branch);
                break;
            case ILabeledOperation labeled:
                // A goto may come from anywhere.
                _end ??= _entry;
                Add(TrainingEventKind.Opaque, labeled);
                Statement(labeled.Operation);
                break;
            default:
                Expression(operation);
                break;
        }

        _nesting--;
    }

    private void Block(IBlockOperation block)
    {
        var open = _finallies.Count;
        foreach (var statement in block.Operations)
        {
            Statement(statement);
            if (statement is IUsingDeclarationOperation)
            {
                _finallies.Add(statement);
            }
        }

        LeaveTo(open);
    }

    // Runs what is due at the end of the statements that are open, down to a number of them.
    private void LeaveTo(int count)
    {
        while (_finallies.Count > count)
        {
            var last = _finallies[_finallies.Count - 1];
            _finallies.RemoveAt(_finallies.Count - 1);
            if (last is IBlockOperation block)
            {
                Statement(block);
                continue;
            }

            if (last.DescendantsAndSelf().Any(_code.Calls.IsOwnDisposable))
            {
                Add(TrainingEventKind.Opaque, last);
            }

            if (last.DescendantsAndSelf().OfType<IInvocationOperation>()
                .Any(call => _code.Calls.KindOf(call, call.TargetMethod) == TrainingEventKind.GradientMode))
            {
                Add(TrainingEventKind.GradientModeEnd, last);
            }
        }
    }

    private void Branches(IOperation? one, IOperation? other)
    {
        var start = _end;
        Statement(one);
        var end = _end;
        _end = start;
        Statement(other);
        Meet(end);
    }

    private void Loop(ILoopOperation loop)
    {
        var exit = Label(loop.ExitLabel);
        var next = Label(loop.ContinueLabel);
        var head = Node(TrainingEventKind.Join);
        if (loop is IForLoopOperation { Before: var before })
        {
            foreach (var statement in before)
            {
                Statement(statement);
            }
        }

        var first = _nodes.Count;
        if (loop is IForEachLoopOperation { Collection: var collection })
        {
            Expression(collection);
        }

        // An iterator runs between the iterations; one that does something to gradients there is not followed.
        var isIdle = _nodes.Skip(first).All(node => node.Kind is TrainingEventKind.Join or TrainingEventKind.Create
            or TrainingEventKind.Forward or TrainingEventKind.Replace or TrainingEventKind.Opaque);
        GoTo(head);
        _end = head;
        if (!isIdle)
        {
            Add(TrainingEventKind.Opaque, loop);
        }

        var condition = (loop as IWhileLoopOperation)?.Condition ?? (loop as IForLoopOperation)?.Condition;
        var isTestedFirst = loop is not IWhileLoopOperation { ConditionIsTop: false };
        if (isTestedFirst)
        {
            Test(condition, loop, exit);
        }

        Statement(loop.Body);
        GoTo(next);
        _end = next;
        if (!isTestedFirst)
        {
            Test(condition, loop, exit);
        }

        if (loop is IForLoopOperation { AtLoopBottom: var bottom })
        {
            foreach (var statement in bottom)
            {
                Statement(statement);
            }
        }

        GoTo(head);
        _end = exit;
    }

    private void Test(IOperation? condition, ILoopOperation loop, TrainingNode exit)
    {
        Expression(condition);
        if (loop is IForEachLoopOperation || condition is { ConstantValue: not { HasValue: true, Value: true } })
        {
            _end?.LeadTo(exit);
        }

        // do { ... } while (false);
        if (condition is { ConstantValue: { HasValue: true, Value: false } })
        {
            _end = null;
        }
    }

    private void Switch(ISwitchOperation choice)
    {
        Expression(choice.Value);
        var start = _end;
        var exit = Label(choice.ExitLabel);
        var isComplete = false;
        foreach (var section in choice.Cases)
        {
            isComplete |= section.Clauses.Any(clause => clause.CaseKind == CaseKind.Default);
            _end = start;
            foreach (var statement in section.Body)
            {
                Statement(statement);
            }

            GoTo(exit);
        }

        if (!isComplete)
        {
            start?.LeadTo(exit);
        }

        _end = exit;
    }

    private void Try(ITryOperation attempt)
    {
        var start = _end;
        var first = _nodes.Count;
        if (attempt.Finally is not null)
        {
            _finallies.Add(attempt.Finally);
        }

        Statement(attempt.Body);
        var end = _end;
        var last = _nodes.Count;
        foreach (var handler in attempt.Catches)
        {
            var caught = Node(TrainingEventKind.Join);
            start?.LeadTo(caught);
            for (var i = first; i < last; i++)
            {
                _nodes[i].LeadTo(caught);
            }

            _end = caught;
            Statement(handler.Handler);
            Meet(end);
            end = _end;
        }

        _end = end;
        if (attempt.Finally is not null)
        {
            LeaveTo(_finallies.Count - 1);
        }
    }

    private void Return(IReturnOperation returned)
    {
        Expression(returned.ReturnedValue);
        if (returned.Kind == OperationKind.YieldReturn)
        {
            // Now the caller does something.
            Add(TrainingEventKind.Opaque, returned);
            return;
        }

        Jump(_exit);
    }

    private void Branch(IBranchOperation branch)
    {
        if (branch.BranchKind is BranchKind.Break or BranchKind.Continue && _labels.TryGetValue(branch.Target, out var target))
        {
            Jump(target);
            return;
        }

        Add(TrainingEventKind.Opaque, branch);
    }

    private TrainingNode Label(ISymbol label)
    {
        var node = Node(TrainingEventKind.Join);
        _labels[label] = (node, _finallies.Count);
        return node;
    }

    private void Jump((TrainingNode Node, int Finallies) target)
    {
        var open = _finallies.ToArray();
        LeaveTo(target.Finallies);
        _finallies.Clear();
        _finallies.AddRange(open);
        GoTo(target.Node);
        _end = null;
    }

    private TrainingNode Node(TrainingEventKind kind, IOperation? operation = null, ISymbol? subject = null)
    {
        var node = new TrainingNode(kind, operation, subject);
        _nodes.Add(node);
        return node;
    }

    private void Add(TrainingEventKind kind, IOperation operation, ISymbol? subject = null)
    {
        if (_end is not null)
        {
            var node = Node(kind, operation, subject);
            GoTo(node);
            _end = node;
            _events++;
        }
    }

    private void GoTo(TrainingNode node) => _end?.LeadTo(node);

    // The path so far, and another one, go on together.
    private void Meet(TrainingNode? other)
    {
        if (_end is null || other is null || _end == other)
        {
            _end ??= other;
            return;
        }

        var join = Node(TrainingEventKind.Join);
        _end.LeadTo(join);
        other.LeadTo(join);
        _end = join;
    }
}
