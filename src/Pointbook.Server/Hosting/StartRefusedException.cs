namespace Pointbook.Server.Hosting;

/// <summary>The server must not start as it is configured. The message is the whole explanation, for a human.</summary>
public sealed class StartRefusedException : Exception
{
    /// <summary>A refusal.</summary>
    /// <param name="message">One sentence: what is wrong and what to do.</param>
    /// <param name="innerException">What caused it, or null. It is not shown.</param>
    public StartRefusedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
