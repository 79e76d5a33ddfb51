using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Pointbook.Engine.Tests.Support;

/// <summary>Keeps all log messages. Thread-safe.</summary>
internal sealed class RecordingLogger : ILogger
{
    private readonly ConcurrentQueue<(int Id, string Message)> _messages = new();

    /// <summary>The exception that the log provider throws after each message; null for none.</summary>
    public Exception? Failure { get; set; }

    public IReadOnlyList<string> MessagesOf(int id) => [.. _messages.Where(message => message.Id == id).Select(message => message.Message)];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _messages.Enqueue((eventId.Id, formatter(state, exception)));
        if (Failure is { } failure)
        {
            throw failure;
        }
    }
}
