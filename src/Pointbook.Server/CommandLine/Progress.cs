using Spectre.Console;

namespace Pointbook.Server.CommandLine;

/// <summary>Begins a phase of long work.</summary>
/// <param name="name">What is done, for an operator.</param>
/// <param name="done">How many entries were done before.</param>
/// <param name="total">How many entries there are.</param>
/// <returns>To be called with how many entries are done, as often as you like.</returns>
internal delegate Action<long> BeginPhase(string name, long done, long total);

/// <summary>Shows how far long work has come: as bars on a terminal, as a line every two seconds elsewhere.</summary>
/// <remarks>It is written to standard error, so that results can be piped.</remarks>
internal static class Progress
{
    /// <summary>Does the work and shows its progress.</summary>
    public static Task<TResult> ShowAsync<TResult>(Func<BeginPhase, Task<TResult>> work, TimeProvider clock)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi
            ? TerminalProgress.ShowAsync(console, work)
            : work(new PlainProgress(Console.Error, clock).Begin);
    }
}
