using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>A journal does not hold what was committed. Nothing of the damaged part is served until an operator has restored it.</summary>
public sealed class JournalDamagedException : JournalException
{
    /// <summary>A damage that was found.</summary>
    /// <param name="partition">The partition whose journal it is.</param>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">What the store said, or null.</param>
    public JournalDamagedException(int partition, string message, Exception? innerException = null)
        : base(message, false, innerException) => Partition = partition;

    /// <summary>The partition whose journal it is.</summary>
    public int Partition { get; }

    /// <summary>The commit that is damaged; null if that is not known.</summary>
    public Guid? Commit { get; init; }

    /// <summary>The first entry of the damaged part; null if that is not known.</summary>
    public Sequence? First { get; init; }

    /// <summary>The last entry of the damaged part; null if that is not known.</summary>
    public Sequence? Last { get; init; }
}
