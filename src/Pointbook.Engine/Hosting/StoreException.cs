namespace Pointbook.Engine.Hosting;

/// <summary>The store cannot be opened. The message tells the operator why and what to do, and names no option.</summary>
public sealed class StoreException : StorageFailureException
{
    /// <summary>A store that cannot be opened.</summary>
    /// <param name="message">The problem and what to do, in full sentences.</param>
    /// <param name="innerException">What caused it, or null.</param>
    /// <param name="setting">The setting that the message advises to change.</param>
    public StoreException(string message, Exception? innerException = null, StoreSetting setting = StoreSetting.None)
        : base(message, innerException) => Setting = setting;

    /// <summary>The setting that the message advises to change.</summary>
    public StoreSetting Setting { get; }
}
