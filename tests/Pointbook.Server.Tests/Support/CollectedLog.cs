using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Pointbook.Server.Tests.Support;

/// <summary>Keeps everything that a server logs.</summary>
internal sealed class CollectedLog : ILoggerProvider
{
    /// <summary>What lets everything through that the server would leave out otherwise.</summary>
    public static readonly string[] Everything =
    [
        "--Logging:LogLevel:Default", "Trace", "--Logging:LogLevel:Microsoft", "Trace", "--Logging:LogLevel:System", "Trace",
        "--Logging:LogLevel:Microsoft.Hosting.Lifetime", "Trace", "--Logging:LogLevel:Pointbook.Server.Security.CallerHandler", "Trace",
    ];

    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<LogLine> _lines = new();

    public IReadOnlyList<LogLine> Lines => [.. _lines];

    /// <summary>The lines with an event id of the server's own.</summary>
    public IReadOnlyList<LogLine> Of(int eventId) => [.. _lines.Where(line => line.Event.Id == eventId && !line.Category.StartsWith("Microsoft", StringComparison.Ordinal))];

    /// <summary>Waits for lines with an event id of the server's own. Some are written behind the reply, when whoever sent the request has it already.</summary>
    /// <param name="eventId">Their event id.</param>
    /// <param name="count">How many there have to be.</param>
    /// <param name="part">What is in their text.</param>
    public async Task<IReadOnlyList<LogLine>> WaitForAsync(int eventId, int count = 1, string part = "")
    {
        LogLine[] found = [];
        await Eventually.TrueAsync(
            () =>
            {
                found = [.. Of(eventId).Where(line => line.Text.Contains(part, StringComparison.Ordinal))];
                return Task.FromResult(found.Length >= count);
            },
            WaitMax,
            () => $"There are {found.Length} of {count} lines {eventId} with '{part}' in:\n{string.Join('\n', Of(eventId).Select(line => line.Text))}");
        return found;
    }

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void Dispose()
    {
        // The lines are looked at after the server has ended, too.
    }

    private sealed class Logger(string category, ConcurrentQueue<LogLine> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // What a structured log would keep beside the text counts as well.
            string values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}")) : "";
            lines.Enqueue(new LogLine(category, logLevel, eventId, formatter(state, exception), $"{values} {exception}"));
        }
    }
}

/// <summary>One line of a log.</summary>
/// <param name="Category">Who wrote it.</param>
/// <param name="Level">How grave it is.</param>
/// <param name="Event">Which one it is.</param>
/// <param name="Text">What it says.</param>
/// <param name="Rest">The values in it, and the exception.</param>
internal sealed record LogLine(string Category, LogLevel Level, EventId Event, string Text, string Rest);
