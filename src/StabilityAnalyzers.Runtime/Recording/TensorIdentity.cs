using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Tells whether two handles are of one tensor. TorchSharp makes a new object, and a new <c>at::Tensor</c>, for each
/// access; what they share is the <c>TensorImpl</c> that the <c>at::Tensor</c> points to, its only field.
/// </summary>
internal static class TensorIdentity
{
    /// <summary>Address of the <c>TensorImpl</c>: the same for all handles of one tensor, as long as one of them lives.</summary>
    public static IntPtr Of(Tensor tensor)
    {
        IntPtr identity = Marshal.ReadIntPtr(tensor.Handle);
        GC.KeepAlive(tensor);
        return identity;
    }
}
