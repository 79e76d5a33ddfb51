namespace Pointbook.Engine.Hosting;

/// <summary>An open store: the journals, account stores and read models of all partitions. Thread-safe.</summary>
/// <remarks>Disposing the store closes everything. The host must first stop everything that uses its partitions.</remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>The partitions; number <c>n</c> stands at index <c>n</c>. Their count was fixed when the store was created.</summary>
    IReadOnlyList<StoredPartition> Partitions { get; }

    /// <summary>Whether the store records that clients have ever had to authenticate, with API keys or tokens.</summary>
    /// <exception cref="StoreException">The store currently cannot be read.</exception>
    Task<bool> WasSecuredAsync(CancellationToken cancellationToken);

    /// <summary>Records permanently that clients must authenticate. The record is durable before this returns.</summary>
    /// <exception cref="StoreException">The store currently cannot be written to.</exception>
    Task MarkSecuredAsync(CancellationToken cancellationToken);

    /// <summary>Records permanently whether the store is used with a test clock, unless that is already recorded. The record is durable before this returns.</summary>
    /// <param name="isTest">Whether it is used with a test clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The recorded value.</returns>
    /// <exception cref="StoreException">The store currently cannot be read or written to.</exception>
    Task<bool> ClaimClockAsync(bool isTest, CancellationToken cancellationToken);
}

/// <summary>The parts of a store that belong to one partition.</summary>
/// <param name="Journal">Its journal.</param>
/// <param name="AccountStore">Its account store.</param>
/// <param name="ReadModel">Its read model.</param>
public sealed record StoredPartition(Journal.IJournal Journal, AccountStore.IAccountStore AccountStore, ReadModel.IReadModel ReadModel);
