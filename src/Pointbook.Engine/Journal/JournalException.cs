namespace Pointbook.Engine.Journal;

/// <summary>The store behind a journal failed.</summary>
public class JournalException : StorageFailureException
{
    /// <summary>A failure.</summary>
    /// <param name="message">What could not be done.</param>
    /// <param name="isOutcomeUnknown">Whether an append may have been committed all the same.</param>
    /// <param name="innerException">What the store said, or null.</param>
    public JournalException(string message, bool isOutcomeUnknown = false, Exception? innerException = null)
        : base(message, innerException) => IsOutcomeUnknown = isOutcomeUnknown;

    /// <summary>Whether an append may have been committed all the same. False for reads.</summary>
    public bool IsOutcomeUnknown { get; }
}
