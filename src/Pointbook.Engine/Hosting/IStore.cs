namespace Pointbook.Engine.Hosting;

/// <summary>A store that is open: the journals and projections of all partitions. Thread-safe.</summary>
/// <remarks>Disposing of it closes everything. The host must stop what uses its partitions first.</remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>The partitions; number <c>n</c> stands at index <c>n</c>. Their count was fixed when the store was created.</summary>
    IReadOnlyList<StoredPartition> Partitions { get; }

    /// <summary>Whether it is noted that callers ever had to say who they are, with API keys or with tokens.</summary>
    /// <exception cref="StoreException">The store cannot be read at the moment.</exception>
    Task<bool> WasSecuredAsync(CancellationToken cancellationToken);

    /// <summary>Notes for ever that callers have to say who they are. It is durable before this returns.</summary>
    /// <exception cref="StoreException">The store cannot be written to at the moment.</exception>
    Task MarkSecuredAsync(CancellationToken cancellationToken);

    /// <summary>Notes for ever whether the store is used with a test clock, unless that is noted already. It is durable before this returns.</summary>
    /// <param name="isTest">What to note.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What is noted.</returns>
    /// <exception cref="StoreException">The store cannot be read or written to at the moment.</exception>
    Task<bool> ClaimClockAsync(bool isTest, CancellationToken cancellationToken);
}

/// <summary>What a store keeps of one partition.</summary>
/// <param name="Journal">Its journal.</param>
/// <param name="Projection">Its projection.</param>
public sealed record StoredPartition(Journal.IJournal Journal, ReadModel.IProjection Projection);
