using System.Globalization;
using Calibration;
using Spectre.Console;
using static TorchSharp.torch;

// What a predicted depth factor does to training: networks of many depths are trained with each optimizer.
//   dotnet run -c Release --project tests/Calibration -- run RESULTS.csv
//   dotnet run -c Release --project tests/Calibration -- report RESULTS.csv CURVES.svg
// A run that was stopped goes on where it stopped.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["run", var path, .. var part])
{
    // "i/n" takes every n-th setting, for several processes with a file of their own.
    var (index, count) = part is [var text] && text.Split('/') is [var i, var n] ? (int.Parse(i), int.Parse(n)) : (0, 1);
    set_num_threads(1);
    var results = new Results(path);
    var all = Design.All.Where((_, at) => at % count == index).ToList();
    AnsiConsole.Progress().Start(progress =>
    {
        var task = progress.AddTask("searches", maxValue: all.Count);
        foreach (var (setting, optimizer, regime) in all)
        {
            task.Description = Markup.Escape($"{setting.Architecture} {setting.Activation} {setting.Initializer} {optimizer}");
            Search.Run(results, setting, optimizer, regime);
            task.Increment(1);
        }
    });
    return 0;
}

if (args is ["report", var measured, var plot])
{
    var measurements = new Results(measured).All;
    Report.Write(measurements, Console.Out);
    File.WriteAllText(plot, Plot.Draw(Group.Of(measurements)));
    return 0;
}

Console.Error.WriteLine("Usage: Calibration run RESULTS.csv [PART/PARTS] | report RESULTS.csv CURVES.svg");
return 2;
