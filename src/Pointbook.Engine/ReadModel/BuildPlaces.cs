namespace Pointbook.Engine.ReadModel;

/// <summary>The places of the partitions of a process that build generations of their read models at the same time. Thread-safe.</summary>
/// <param name="max">The number of places.</param>
public sealed class BuildPlaces(int max) : IDisposable
{
    private readonly SemaphoreSlim _places = new(max);

    /// <summary>Waits for a place.</summary>
    /// <returns>The place; the caller disposes of it to leave it.</returns>
    internal async ValueTask<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Place(_places);
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        public void Dispose() => places.Release();
    }
}
