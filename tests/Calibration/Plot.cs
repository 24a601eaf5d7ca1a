using System.Globalization;
using System.Text;

namespace Calibration;

/// <summary>The curves as a vector graphic.</summary>
internal static class Plot
{
    private const int Width = 420, Height = 246, Left = 46, Bottom = 42, Top = 46, Right = 14;

    private static readonly Dictionary<string, string> s_colours = new()
    {
        ["SGD"] = "#d1495b",
        ["RMSProp"] = "#8d6a9f",
        ["Adam, AdamW"] = "#00798c",
    };

    public static string Draw(IReadOnlyList<Group> groups)
    {
        var panels = groups.GroupBy(group => group.Panel).ToArray();
        var rows = (panels.Length + 1) / 2;
        var svg = new StringBuilder();
        Line(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{2 * Width}\" height=\"{rows * Height}\" font-family=\"sans-serif\" font-size=\"11\">");
        Line(svg, $"<rect width=\"{2 * Width}\" height=\"{rows * Height}\" fill=\"white\"/>");
        for (var i = 0; i < panels.Length; i++)
        {
            Line(svg, $"<g transform=\"translate({i % 2 * Width},{i / 2 * Height})\">");
            Panel(svg, panels[i].Key, [.. panels[i]]);
            Line(svg, $"</g>");
        }

        Line(svg, $"</svg>");
        return svg.ToString();
    }

    private static void Panel(StringBuilder svg, string title, IReadOnlyList<Group> groups)
    {
        var low = Math.Floor(groups.Min(group => group.Points.Min(point => point.X)));
        var high = Math.Ceiling(groups.Max(group => group.Points.Max(point => point.X)));
        double X(double value) => Left + ((value - low) / (high - low) * (Width - Left - Right));
        double Y(double share) => Height - Bottom - (share * (Height - Bottom - Top));
        Line(svg, $"<text x=\"{Left}\" y=\"16\" font-weight=\"bold\">{title}</text>");
        foreach (var share in new[] { 0, 0.1, 0.5, 1 })
        {
            Line(svg, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(share):F1}\" y2=\"{Y(share):F1}\" stroke=\"#ddd\"{(share == 0.1 ? " stroke-dasharray=\"4 3\"" : "")}/>");
            Line(svg, $"<text x=\"{Left - 6}\" y=\"{Y(share) + 4:F1}\" text-anchor=\"end\">{100 * share:F0} %</text>");
        }

        var step = Math.Max(1, Math.Ceiling((high - low) / 10));
        for (var x = low; x <= high; x += step)
        {
            Line(svg, $"<text x=\"{X(x):F1}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">1e{x:F0}</text>");
        }

        var what = title.Contains("signal", StringComparison.Ordinal) ? "predicted depth factor times signal" : "predicted depth factor";
        Line(svg, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\">{what}</text>");
        for (var i = 0; i < groups.Count; i++)
        {
            var (group, colour) = (groups[i], s_colours[groups[i].Name]);
            var steps = Enumerable.Range(0, 101).Select(at => low + ((high - low) * at / 100));
            Line(svg, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"{string.Join(' ', steps.Select(x => FormattableString.Invariant($"{X(x):F1},{Y(group.Curve.At(x)):F1}")))}\"/>");
            foreach (var (x, trained, all) in group.Points)
            {
                Line(svg, $"<circle cx=\"{X(x):F1}\" cy=\"{Y((double)trained / all):F1}\" r=\"3\" fill=\"{colour}\" fill-opacity=\"0.6\"/>");
            }
        }

        // In a row of its own: points lie on the line of 100 % too.
        var legend = string.Concat(groups.Select((group, i) => $"<tspan fill=\"{s_colours[group.Name]}\"{(i == 0 ? "" : " dx=\"14\"")}>{group.Name}</tspan>"));
        Line(svg, $"<text x=\"{Left}\" y=\"32\">{legend}</text>");
    }

    private static void Line(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
