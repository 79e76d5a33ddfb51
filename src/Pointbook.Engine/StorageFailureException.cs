namespace Pointbook.Engine;

/// <summary>A store failed, or does not contain the data written to it. Every expected failure of a store derives from this. Every other exception is a bug.</summary>
/// <remarks>Stores convert the exceptions of their drivers and files, so that code above a store never catches those.</remarks>
public class StorageFailureException : Exception
{
    /// <summary>A failure of a store.</summary>
    /// <param name="message">What the store could not do.</param>
    /// <param name="innerException">What the driver or the file system reported, or null.</param>
    public StorageFailureException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
