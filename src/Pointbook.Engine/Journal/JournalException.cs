namespace Pointbook.Engine.Journal;

/// <summary>The store behind a journal failed.</summary>
public class JournalException : StorageFailureException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">The action that failed.</param>
    /// <param name="isOutcomeUnknown">Whether the store may have committed an append despite the failure.</param>
    /// <param name="innerException">The store's exception, or null.</param>
    public JournalException(string message, bool isOutcomeUnknown = false, Exception? innerException = null)
        : base(message, innerException) => IsOutcomeUnknown = isOutcomeUnknown;

    /// <summary>Whether the store may have committed an append despite the failure. False for reads.</summary>
    public bool IsOutcomeUnknown { get; }
}
