using StabilityAnalyzers.Cli;

return StabilityTool.Run(args, Console.Out, Console.Error);
