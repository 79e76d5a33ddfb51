namespace Pointbook.Engine.Hosting;

/// <summary>The store cannot be opened. The message says why and what to do, in one sentence for the operator.</summary>
public sealed class StoreException : StorageFailureException
{
    /// <summary>A store that cannot be opened.</summary>
    public StoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
