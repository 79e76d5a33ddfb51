using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>A journal does not contain what was committed. The server serves nothing from the damaged part until an operator has restored it.</summary>
public sealed class JournalDamagedException : JournalException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="partition">The partition of the journal.</param>
    /// <param name="message">The fault.</param>
    /// <param name="innerException">The store's exception, or null.</param>
    public JournalDamagedException(int partition, string message, Exception? innerException = null)
        : base(message, false, innerException) => Partition = partition;

    /// <summary>The partition of the journal.</summary>
    public int Partition { get; }

    /// <summary>The damaged commit; null if unknown.</summary>
    public Guid? Commit { get; init; }

    /// <summary>The first entry of the damaged part; null if unknown.</summary>
    public Sequence? First { get; init; }

    /// <summary>The last entry of the damaged part; null if unknown.</summary>
    public Sequence? Last { get; init; }
}
