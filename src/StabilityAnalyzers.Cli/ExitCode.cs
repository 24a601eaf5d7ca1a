namespace StabilityAnalyzers.Cli;

/// <summary>How the tool ends.</summary>
public static class ExitCode
{
    /// <summary>The command did what it is for.</summary>
    public const int Done = 0;

    /// <summary>It ran, and the answer is the one that a script wants to stop at: no such model, a finding, a difference.</summary>
    public const int Found = 1;

    /// <summary>It could not run: wrong arguments, a file that is missing or damaged, a project that does not restore.</summary>
    public const int CouldNotRun = 2;
}
