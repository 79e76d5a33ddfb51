using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Pointbook.StorageContract.Support;

/// <summary>Keeps log messages in a list.</summary>
public sealed class ListLogger : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    /// <summary>All messages.</summary>
    public IReadOnlyList<string> Messages => [.. _lines.Select(line => line.Text)];

    /// <summary>The warnings and errors.</summary>
    public IReadOnlyList<string> Warnings => [.. _lines.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Text)];

    /// <summary>Forgets all messages.</summary>
    public void Clear() => _lines.Clear();

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, formatter(state, exception)));
}
