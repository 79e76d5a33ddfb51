namespace Pointbook.Engine.ReadModel;

/// <summary>The tables of a projection are damaged. No data is lost, but the server must rebuild them from the journal.</summary>
public sealed class ProjectionDamagedException : StorageFailureException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">The place of the damage.</param>
    /// <param name="innerException">The store's exception, or null.</param>
    public ProjectionDamagedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
