using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace StabilityAnalyzers.Runtime;

/// <summary>What the pass needs of vectors and <see cref="Vector"/> does not have, or has slower.</summary>
internal static class Lanes
{
    /// <summary>
    /// Least of each lane; any value where one is NaN. One instruction where <see cref="Vector.Min{T}"/> takes several from
    /// .NET 9 on, to treat NaN as IEEE 754 asks.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Min<T>(Vector<T> left, Vector<T> right)
    {
        if (Avx.IsSupported && Unsafe.SizeOf<Vector<T>>() == 32)
        {
            return typeof(T) == typeof(float)
                ? Avx.Min(left.AsVector256().AsSingle(), right.AsVector256().AsSingle()).As<float, T>().AsVector()
                : Avx.Min(left.AsVector256().AsDouble(), right.AsVector256().AsDouble()).As<double, T>().AsVector();
        }

        if (AdvSimd.Arm64.IsSupported && Unsafe.SizeOf<Vector<T>>() == 16)
        {
            return typeof(T) == typeof(float)
                ? AdvSimd.Min(left.AsVector128().AsSingle(), right.AsVector128().AsSingle()).As<float, T>().AsVector()
                : AdvSimd.Arm64.Min(left.AsVector128().AsDouble(), right.AsVector128().AsDouble()).As<double, T>().AsVector();
        }

        return Vector.ConditionalSelect(Vector.LessThan(left, right), left, right);
    }

    /// <summary>Greatest of each lane; any value where one is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Max<T>(Vector<T> left, Vector<T> right)
    {
        if (Avx.IsSupported && Unsafe.SizeOf<Vector<T>>() == 32)
        {
            return typeof(T) == typeof(float)
                ? Avx.Max(left.AsVector256().AsSingle(), right.AsVector256().AsSingle()).As<float, T>().AsVector()
                : Avx.Max(left.AsVector256().AsDouble(), right.AsVector256().AsDouble()).As<double, T>().AsVector();
        }

        if (AdvSimd.Arm64.IsSupported && Unsafe.SizeOf<Vector<T>>() == 16)
        {
            return typeof(T) == typeof(float)
                ? AdvSimd.Max(left.AsVector128().AsSingle(), right.AsVector128().AsSingle()).As<float, T>().AsVector()
                : AdvSimd.Arm64.Max(left.AsVector128().AsDouble(), right.AsVector128().AsDouble()).As<double, T>().AsVector();
        }

        return Vector.ConditionalSelect(Vector.GreaterThan(left, right), left, right);
    }

    /// <summary>Sum of the lanes in float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum<T>(Vector<T> vector)
    {
        if (typeof(T) == typeof(float))
        {
            Vector.Widen(Vector.AsVectorSingle(vector), out Vector<double> lower, out Vector<double> upper);
            return Vector.Sum(lower + upper);
        }

        return Vector.Sum(Vector.AsVectorDouble(vector));
    }

    /// <summary>Least of all lanes.</summary>
    public static T Least<T>(Vector<T> vector)
        where T : INumber<T>
    {
        T least = vector[0];
        for (int i = 1; i < Vector<T>.Count; i++)
        {
            least = vector[i] < least ? vector[i] : least;
        }

        return least;
    }

    /// <summary>Greatest of all lanes.</summary>
    public static T Greatest<T>(Vector<T> vector)
        where T : INumber<T>
    {
        T greatest = vector[0];
        for (int i = 1; i < Vector<T>.Count; i++)
        {
            greatest = vector[i] > greatest ? vector[i] : greatest;
        }

        return greatest;
    }
}
