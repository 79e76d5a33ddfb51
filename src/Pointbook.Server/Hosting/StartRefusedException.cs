namespace Pointbook.Server.Hosting;

/// <summary>The server refuses to start with its configuration. The message is the whole explanation, for an operator.</summary>
public sealed class StartRefusedException : Exception
{
    /// <summary>Creates a refusal.</summary>
    /// <param name="message">The fault and its fix, in sentences.</param>
    /// <param name="innerException">The cause, or null. The server does not show it.</param>
    public StartRefusedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
