using Spectre.Console;

namespace Pointbook.Server.CommandLine;

/// <summary>Begins a phase of a long operation.</summary>
/// <param name="name">The name of the phase, for an operator.</param>
/// <param name="done">The number of entries that were already processed.</param>
/// <param name="total">The total number of entries.</param>
/// <returns>A callback that accepts the number of processed entries, as often as the caller likes.</returns>
internal delegate Action<long> BeginPhase(string name, long done, long total);

/// <summary>Shows the progress of a long operation: as bars on a terminal, elsewhere as a line every two seconds.</summary>
/// <remarks>It writes to standard error, so that an operator can pipe results.</remarks>
internal static class Progress
{
    /// <summary>Runs the operation and shows its progress.</summary>
    public static Task<TResult> ShowAsync<TResult>(Func<BeginPhase, Task<TResult>> work, TimeProvider clock) => ShowAsync((begin, _) => work(begin), clock);

    /// <summary>Runs the operation and shows its progress. The operation may also tell the operator something in a line.</summary>
    public static Task<TResult> ShowAsync<TResult>(Func<BeginPhase, Action<string>, Task<TResult>> work, TimeProvider clock)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi
            ? TerminalProgress.ShowAsync(console, begin => work(begin, console.WriteLine))
            : work(new PlainProgress(Console.Error, clock).Begin, Console.Error.WriteLine);
    }
}
