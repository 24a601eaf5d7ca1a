namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>What a piece of training code does, as far as the gradient is concerned.</summary>
internal enum TrainingEventKind
{
    /// <summary>Nothing: paths part or meet here.</summary>
    Join,

    /// <summary>A model is evaluated: <c>model.call(x)</c>.</summary>
    Forward,

    /// <summary>A gradient is computed: <c>loss.backward()</c>.</summary>
    Backward,

    /// <summary>An optimizer changes the weights: <c>optimizer.step()</c>.</summary>
    Step,

    /// <summary>Gradients are cleared: <c>zero_grad()</c> of an optimizer or of a model.</summary>
    ZeroGrad,

    /// <summary>Gradients are clipped by a function of <c>torch.nn.utils</c>.</summary>
    Clip,

    /// <summary>The <c>grad</c> of a tensor is touched, which may clip it, clear it, or give it a value.</summary>
    Gradient,

    /// <summary>A model is put into training mode, or may be: <c>train()</c>.</summary>
    Train,

    /// <summary>A model is put into evaluation mode: <c>eval()</c>.</summary>
    Eval,

    /// <summary>A model or an optimizer is made.</summary>
    Create,

    /// <summary>The parameters of a model may be replaced by others: <c>to(...)</c>, <c>cuda()</c>, <c>layer.weight = ...</c>.</summary>
    Replace,

    /// <summary>The recording of gradients is turned off, or may be: <c>no_grad()</c>.</summary>
    GradientMode,

    /// <summary>What was turned off is turned on again: the end of <c>using (no_grad())</c>.</summary>
    GradientModeEnd,

    /// <summary>Something runs that cannot be seen, and may do any of this.</summary>
    Opaque,
}
