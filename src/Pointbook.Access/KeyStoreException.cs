namespace Pointbook.Access;

/// <summary>The store of keys failed or could not be reached.</summary>
public sealed class KeyStoreException : Exception
{
    /// <summary>A failure.</summary>
    /// <param name="message">What failed, in a sentence.</param>
    /// <param name="innerException">Why.</param>
    public KeyStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
