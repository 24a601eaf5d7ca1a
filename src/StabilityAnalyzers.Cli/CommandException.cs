namespace StabilityAnalyzers.Cli;

/// <summary>Something that the user of the tool has to put right. Its message is all that is shown.</summary>
/// <param name="message">What is wrong and, where it is known, what helps.</param>
internal sealed class CommandException(string message) : Exception(message);
