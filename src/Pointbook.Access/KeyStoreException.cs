namespace Pointbook.Access;

/// <summary>The key store failed or could not be reached.</summary>
public sealed class KeyStoreException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed, in a sentence.</param>
    /// <param name="innerException">The cause.</param>
    public KeyStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
