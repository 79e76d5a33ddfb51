namespace Pointbook.Engine;

/// <summary>A store failed, or does not hold what was written to it. Every failure that a caller must expect of a store derives from this; every other exception is a bug.</summary>
/// <remarks>Stores convert the exceptions of their drivers and files, so that nobody above a store ever catches those.</remarks>
public class StorageFailureException : Exception
{
    /// <summary>A failure of a store.</summary>
    /// <param name="message">What could not be done.</param>
    /// <param name="innerException">What the driver or the file system reported, or null.</param>
    public StorageFailureException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
