namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// An elementwise nonlinearity: its value, its derivative and the points where either has a kink or a jump. Compared by
/// name and parameters.
/// </summary>
public sealed class Activation : IEquatable<Activation>
{
    private readonly Func<double, double> value;
    private readonly Func<double, double> derivative;

    internal Activation(
        string name, Func<double, double> value, Func<double, double> derivative, double[]? kinks = null, params double[] parameters)
    {
        Name = name;
        this.value = value;
        this.derivative = derivative;
        Kinks = kinks ?? [];
        Parameters = new EquatableList<double>(parameters);
    }

    /// <summary>Name of the TorchSharp module or function in lower case, for example <c>leaky_relu</c>.</summary>
    public string Name { get; }

    /// <summary>Its parameters, in the order of the TorchSharp factory.</summary>
    public EquatableList<double> Parameters { get; }

    /// <summary>Arguments at which the value or the derivative is not smooth, ascending.</summary>
    public IReadOnlyList<double> Kinks { get; }

    /// <summary>phi(x).</summary>
    public double Value(double x) => value(x);

    /// <summary>phi'(x); at a kink, the value from the side that TorchSharp takes.</summary>
    public double Derivative(double x) => derivative(x);

    /// <summary>
    /// True if |phi'| falls towards zero on both sides, so that large pre-activations pass no gradient: sigmoid, tanh and
    /// their like.
    /// </summary>
    public bool Saturates => Math.Abs(derivative(40)) < 1e-3 && Math.Abs(derivative(-40)) < 1e-3;

    /// <summary>
    /// True unless the activation is positively homogeneous (rectifiers with a slope): then its factor on the gradient does
    /// not depend on the scale of the signal.
    /// </summary>
    internal bool DependsOnScale => Math.Abs(value(2) - (2 * value(1))) > 1e-12 || Math.Abs(value(-2) - (2 * value(-1))) > 1e-12;

    /// <inheritdoc/>
    public bool Equals(Activation? other) => other is not null && Name == other.Name && Parameters.Equals(other.Parameters);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Activation);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((Name.GetHashCode() * 397) ^ Parameters.GetHashCode());

    /// <inheritdoc/>
    public override string ToString() => Parameters.Count == 0 ? Name : Name + Parameters;
}
