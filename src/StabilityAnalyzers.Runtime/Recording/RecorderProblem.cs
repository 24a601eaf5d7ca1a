namespace StabilityAnalyzers.Runtime;

/// <summary>Something that the recorder could not do. Training is not affected; what is missing is missing in the records.</summary>
/// <param name="Part">What is concerned: <c>hooks</c>, <c>parameters</c>, <c>run file</c> and so on, with a path where there is one.</param>
/// <param name="Message">One sentence for a person; names the rule that helps, where there is one.</param>
/// <param name="Cause">The exception behind it, if any.</param>
public sealed record RecorderProblem(string Part, string Message, Exception? Cause = null);
