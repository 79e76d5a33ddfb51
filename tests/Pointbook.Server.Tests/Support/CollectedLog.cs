using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Pointbook.Server.Tests.Support;

/// <summary>Keeps everything that a server logs.</summary>
internal sealed class CollectedLog : ILoggerProvider
{
    /// <summary>Arguments that make the server log everything that it would otherwise leave out.</summary>
    public static readonly string[] Everything =
    [
        "--Logging:LogLevel:Default", "Trace", "--Logging:LogLevel:Microsoft", "Trace", "--Logging:LogLevel:System", "Trace",
        "--Logging:LogLevel:Microsoft.Hosting.Lifetime", "Trace", "--Logging:LogLevel:Pointbook.Server.Security.CallerHandler", "Trace",
    ];

    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<LogLine> _lines = new();

    public IReadOnlyList<LogLine> Lines => [.. _lines];

    /// <summary>The server's own lines with an event id.</summary>
    public IReadOnlyList<LogLine> Of(int eventId) => [.. _lines.Where(line => line.Event.Id == eventId && !line.Category.StartsWith("Microsoft", StringComparison.Ordinal))];

    /// <summary>Waits for the server's own lines with an event id. The server writes some lines after the client has received the reply.</summary>
    /// <param name="eventId">The event id.</param>
    /// <param name="count">The smallest number of lines.</param>
    /// <param name="part">A part of their text.</param>
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
        // Tests also read the lines after the server has ended.
    }

    private sealed class Logger(string category, ConcurrentQueue<LogLine> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // The values that a structured log would store in addition to the text count as well.
            string values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}")) : "";
            lines.Enqueue(new LogLine(category, logLevel, eventId, formatter(state, exception), $"{values} {exception}"));
        }
    }
}

/// <summary>One line of a log.</summary>
/// <param name="Category">The component that wrote the line.</param>
/// <param name="Level">The severity.</param>
/// <param name="Event">The event id.</param>
/// <param name="Text">The message.</param>
/// <param name="Rest">The values in the message, and the exception.</param>
internal sealed record LogLine(string Category, LogLevel Level, EventId Event, string Text, string Rest);
