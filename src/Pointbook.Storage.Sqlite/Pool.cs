using System.Collections.Concurrent;

namespace Pointbook.Storage.Sqlite;

/// <summary>Things that are opened when needed and kept for the next one who needs them. Thread-safe.</summary>
/// <remarks>It holds as many as were ever needed at once, which the callers bound.</remarks>
internal sealed class Pool<T>(Func<T> open) : IDisposable
    where T : class, IDisposable
{
    private readonly ConcurrentBag<T> _free = [];

    public T Rent() => _free.TryTake(out T? free) ? free : open();

    public void Return(T item) => _free.Add(item);

    public void Dispose()
    {
        while (_free.TryTake(out T? item))
        {
            item.Dispose();
        }
    }
}
