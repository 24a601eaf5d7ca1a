using System.Reflection;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>What a module was called with; modules take one to six arguments of any type.</summary>
/// <param name="First">First argument.</param>
/// <param name="Second">Second argument, or null.</param>
/// <param name="Third">Third argument, or null.</param>
/// <param name="Others">The rest, or null.</param>
internal readonly record struct ModuleArguments(object? First, object? Second = null, object? Third = null, object?[]? Others = null)
{
    /// <summary>All arguments, in their order.</summary>
    public IEnumerable<object?> All => [First, Second, Third, .. Others ?? []];
}

/// <summary>Looks at a call of a module after its forward pass. Must not throw.</summary>
/// <param name="arguments">What the module was called with.</param>
/// <param name="result">What it returned: a tensor or a tuple.</param>
/// <returns>A tensor to be returned in place of the result, with the same elements; null to leave it.</returns>
internal delegate Tensor? ForwardObserver(ModuleArguments arguments, object? result);

/// <summary>
/// Registers forward hooks on modules whose arity and types are known at run time only: the hook's delegate type follows
/// from the type arguments of the module's base class, <c>Module`2</c> to <c>Module`7</c>.
/// </summary>
internal static class ForwardHook
{
    private static readonly MethodInfo[] s_register = typeof(ForwardHook)
        .GetMethods(BindingFlags.NonPublic | BindingFlags.Static)
        .Where(method => method.Name == nameof(Register) && method.IsGenericMethodDefinition)
        .ToArray();

    /// <summary>Registers an observer.</summary>
    /// <param name="module">Any module.</param>
    /// <param name="observer">Called after each <c>call</c> of the module, never after <c>forward</c>.</param>
    /// <returns>Removes the hook; null if the module has no <c>call</c> (a container like <c>ModuleList</c>).</returns>
    public static Action? TryRegister(nn.Module module, ForwardObserver observer)
    {
        for (Type? type = module.GetType(); type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && type.DeclaringType == typeof(nn) && type.Name.StartsWith("Module`", StringComparison.Ordinal))
            {
                Type[] arguments = type.GetGenericArguments();
                MethodInfo? method = Array.Find(s_register, candidate => candidate.GetGenericArguments().Length == arguments.Length);
                return (Action?)method?.MakeGenericMethod(arguments).Invoke(null, [module, observer]);
            }
        }

        return null;
    }

    /// <summary>Registers something to run before each <c>call</c> of a module.</summary>
    /// <param name="module">Any module.</param>
    /// <param name="action">What to run. Must not throw.</param>
    /// <returns>Removes the hook; null if the module has no <c>call</c>.</returns>
    public static Action? TryRegisterBefore(nn.Module module, Action action)
    {
        // Declared on HookableModule`2, whose type arguments are the delegates of the other hooks.
        MethodInfo? method = module.GetType().GetMethod("register_forward_pre_hook", [typeof(Action<nn.Module>)]);
        object? remover = method?.Invoke(module, [new Action<nn.Module>(_ => action())]);
        return remover?.GetType().GetMethod("remove")?.CreateDelegate<Action>(remover);
    }

    // The result itself is returned where nothing replaces it: null would do for a tensor, but not for a tuple, which is a value.
    private static TResult Choose<TResult>(Tensor? replacement, TResult result) => replacement is TResult other ? other : result;

    private static Action Register<T, TResult>(nn.Module<T, TResult> module, ForwardObserver observer)
    {
        var hook = module.register_forward_hook((_, a, result) => Choose(observer(new(a), result), result));
        return hook.remove;
    }

    private static Action Register<T1, T2, TResult>(nn.Module<T1, T2, TResult> module, ForwardObserver observer)
    {
        var hook = module.register_forward_hook((_, a, b, result) => Choose(observer(new(a, b), result), result));
        return hook.remove;
    }

    private static Action Register<T1, T2, T3, TResult>(nn.Module<T1, T2, T3, TResult> module, ForwardObserver observer)
    {
        var hook = module.register_forward_hook((_, a, b, c, result) => Choose(observer(new(a, b, c), result), result));
        return hook.remove;
    }

    private static Action Register<T1, T2, T3, T4, TResult>(nn.Module<T1, T2, T3, T4, TResult> module, ForwardObserver observer)
    {
        var hook = module.register_forward_hook((_, a, b, c, d, result) => Choose(observer(new(a, b, c, [d]), result), result));
        return hook.remove;
    }

    private static Action Register<T1, T2, T3, T4, T5, TResult>(nn.Module<T1, T2, T3, T4, T5, TResult> module, ForwardObserver observer)
    {
        var hook = module.register_forward_hook((_, a, b, c, d, e, result) => Choose(observer(new(a, b, c, [d, e]), result), result));
        return hook.remove;
    }

    private static Action Register<T1, T2, T3, T4, T5, T6, TResult>(
        nn.Module<T1, T2, T3, T4, T5, T6, TResult> module, ForwardObserver observer)
    {
        var hook = module.register_forward_hook((_, a, b, c, d, e, f, result) => Choose(observer(new(a, b, c, [d, e, f]), result), result));
        return hook.remove;
    }
}
