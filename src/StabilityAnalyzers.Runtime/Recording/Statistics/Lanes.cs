using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace StabilityAnalyzers.Runtime;

/// <summary>The operations that the pass needs of a vector, so that it is written once for every width.</summary>
/// <typeparam name="TSelf">The vector.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal interface ILanes<TSelf, T>
    where TSelf : struct, ILanes<TSelf, T>
    where T : unmanaged
{
    /// <summary>Number of elements.</summary>
    static abstract int Count { get; }

    /// <summary>Every lane the same value.</summary>
    static abstract TSelf Create(T value);

    /// <summary>Reads elements from memory, aligned or not.</summary>
    static abstract TSelf Load(ref T start, nuint offset);

    /// <summary>Writes the elements to memory.</summary>
    void Store(ref T start, nuint offset);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    /// <summary>Absolute values.</summary>
    static abstract TSelf Abs(TSelf value);

    /// <summary>Least of each lane; any value where one is NaN.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>Greatest of each lane; any value where one is NaN.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>1 in each lane that is zero, 0 in the others.</summary>
    static abstract TSelf IsZero(TSelf value);

    /// <summary>Whether a lane is zero.</summary>
    static abstract bool HasZero(TSelf value);

    /// <summary>Sum of the lanes in float64.</summary>
    static abstract double Sum(TSelf value);
}

/// <summary>16 lanes of float32 or 8 of float64: AVX-512.</summary>
/// <typeparam name="T">Type of the elements.</typeparam>
internal readonly struct Lanes512<T>(Vector512<T> value) : ILanes<Lanes512<T>, T>
    where T : unmanaged
{
    private readonly Vector512<T> _value = value;

    public static int Count => Vector512<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Create(T value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Load(ref T start, nuint offset) => new(Vector512.LoadUnsafe(ref start, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref T start, nuint offset) => _value.StoreUnsafe(ref start, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator +(Lanes512<T> left, Lanes512<T> right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator -(Lanes512<T> left, Lanes512<T> right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator *(Lanes512<T> left, Lanes512<T> right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Abs(Lanes512<T> value) => new(Vector512.Abs(value._value));

    // One instruction where Vector512.Min takes several from .NET 9 on, to treat NaN as IEEE 754 asks.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Min(Lanes512<T> left, Lanes512<T> right) => new(typeof(T) == typeof(float)
        ? Avx512F.Min(left._value.AsSingle(), right._value.AsSingle()).As<float, T>()
        : Avx512F.Min(left._value.AsDouble(), right._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Max(Lanes512<T> left, Lanes512<T> right) => new(typeof(T) == typeof(float)
        ? Avx512F.Max(left._value.AsSingle(), right._value.AsSingle()).As<float, T>()
        : Avx512F.Max(left._value.AsDouble(), right._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> IsZero(Lanes512<T> value) =>
        new(Vector512.Equals(value._value, Vector512<T>.Zero) & Vector512<T>.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasZero(Lanes512<T> value) => Vector512.EqualsAny(value._value, Vector512<T>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Lanes512<T> value)
    {
        if (typeof(T) == typeof(float))
        {
            (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(value._value.AsSingle());
            return Vector512.Sum(lower + upper);
        }

        return Vector512.Sum(value._value.AsDouble());
    }
}

/// <summary>The vector that fits the machine best: AVX2, AdvSimd, or plain code.</summary>
/// <typeparam name="T">Type of the elements.</typeparam>
internal readonly struct NativeLanes<T>(Vector<T> value) : ILanes<NativeLanes<T>, T>
    where T : unmanaged
{
    private readonly Vector<T> _value = value;

    public static int Count => Vector<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NativeLanes<T> Create(T value) => new(new Vector<T>(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NativeLanes<T> Load(ref T start, nuint offset) => new(Vector.LoadUnsafe(ref start, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref T start, nuint offset) => _value.StoreUnsafe(ref start, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NativeLanes<T> operator +(NativeLanes<T> left, NativeLanes<T> right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NativeLanes<T> operator -(NativeLanes<T> left, NativeLanes<T> right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NativeLanes<T> operator *(NativeLanes<T> left, NativeLanes<T> right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NativeLanes<T> Abs(NativeLanes<T> value) => new(Vector.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NativeLanes<T> Min(NativeLanes<T> left, NativeLanes<T> right)
    {
        if (Avx.IsSupported && Unsafe.SizeOf<Vector<T>>() == 32)
        {
            return new(typeof(T) == typeof(float)
                ? Avx.Min(left._value.AsVector256().AsSingle(), right._value.AsVector256().AsSingle()).As<float, T>().AsVector()
                : Avx.Min(left._value.AsVector256().AsDouble(), right._value.AsVector256().AsDouble()).As<double, T>().AsVector());
        }

        if (AdvSimd.Arm64.IsSupported && Unsafe.SizeOf<Vector<T>>() == 16)
        {
            return new(typeof(T) == typeof(float)
                ? AdvSimd.Min(left._value.AsVector128().AsSingle(), right._value.AsVector128().AsSingle()).As<float, T>().AsVector()
                : AdvSimd.Arm64.Min(left._value.AsVector128().AsDouble(), right._value.AsVector128().AsDouble()).As<double, T>().AsVector());
        }

        return new(Vector.ConditionalSelect(Vector.LessThan(left._value, right._value), left._value, right._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NativeLanes<T> Max(NativeLanes<T> left, NativeLanes<T> right)
    {
        if (Avx.IsSupported && Unsafe.SizeOf<Vector<T>>() == 32)
        {
            return new(typeof(T) == typeof(float)
                ? Avx.Max(left._value.AsVector256().AsSingle(), right._value.AsVector256().AsSingle()).As<float, T>().AsVector()
                : Avx.Max(left._value.AsVector256().AsDouble(), right._value.AsVector256().AsDouble()).As<double, T>().AsVector());
        }

        if (AdvSimd.Arm64.IsSupported && Unsafe.SizeOf<Vector<T>>() == 16)
        {
            return new(typeof(T) == typeof(float)
                ? AdvSimd.Max(left._value.AsVector128().AsSingle(), right._value.AsVector128().AsSingle()).As<float, T>().AsVector()
                : AdvSimd.Arm64.Max(left._value.AsVector128().AsDouble(), right._value.AsVector128().AsDouble()).As<double, T>().AsVector());
        }

        return new(Vector.ConditionalSelect(Vector.GreaterThan(left._value, right._value), left._value, right._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NativeLanes<T> IsZero(NativeLanes<T> value) =>
        new(Vector.BitwiseAnd(Vector.Equals(value._value, Vector<T>.Zero), Vector<T>.One));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasZero(NativeLanes<T> value) => Vector.EqualsAny(value._value, Vector<T>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(NativeLanes<T> value)
    {
        if (typeof(T) == typeof(float))
        {
            Vector.Widen(Vector.AsVectorSingle(value._value), out Vector<double> lower, out Vector<double> upper);
            return Vector.Sum(lower + upper);
        }

        return Vector.Sum(Vector.AsVectorDouble(value._value));
    }
}
