namespace Pointbook.Engine.AccountStore;

/// <summary>The tables of an account store are damaged. No data is lost, but the server must empty them and rebuild them from the journal.</summary>
public sealed class AccountStoreDamagedException : StorageFailureException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">The place of the damage.</param>
    /// <param name="innerException">The store's exception, or null.</param>
    public AccountStoreDamagedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
