namespace Pointbook.Engine.ReadModel;

/// <summary>A read model cannot be written, because the disk has no space left.</summary>
public sealed class ReadModelFullException : StorageFailureException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What the store could not do.</param>
    /// <param name="innerException">What the driver or the file system reported, or null.</param>
    public ReadModelFullException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
