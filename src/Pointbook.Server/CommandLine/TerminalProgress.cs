using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pointbook.Server.CommandLine;

/// <summary>Progress as bars on a terminal.</summary>
internal static class TerminalProgress
{
    /// <summary>Runs the operation and shows a bar for each of its phases.</summary>
    public static Task<TResult> ShowAsync<TResult>(IAnsiConsole console, Func<BeginPhase, Task<TResult>> work) => console.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn())
        .StartAsync(context => work((name, done, total) =>
        {
            // A journal without entries is complete at once, but a bar needs a length.
            ProgressTask bar = context.AddTask(name.EscapeMarkup(), maxValue: Math.Max(total, 1));
            bar.Value = total == 0 ? 1 : done;
            return now => bar.Value = Math.Max(now, bar.Value);
        }));

    /// <summary>The number of entries processed per second.</summary>
    private sealed class RateColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.Speed is { } rate ? string.Create(CultureInfo.InvariantCulture, $"{rate:0} entries/s") : "");
    }
}
