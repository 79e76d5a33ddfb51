namespace Pointbook.Engine.Hosting;

/// <summary>A store that is open: the journals and projections of all partitions. Thread-safe.</summary>
/// <remarks>Disposing of it closes everything; what uses its partitions has to be stopped before.</remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>The partitions; number <c>n</c> stands at index <c>n</c>. Their count was fixed when the store was created.</summary>
    IReadOnlyList<StoredPartition> Partitions { get; }
}

/// <summary>What a store keeps of one partition.</summary>
/// <param name="Journal">Its journal.</param>
/// <param name="Projection">Its projection.</param>
public sealed record StoredPartition(Journal.IJournal Journal, ReadModel.IProjection Projection);
