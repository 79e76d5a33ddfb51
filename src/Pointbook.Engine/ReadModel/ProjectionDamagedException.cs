namespace Pointbook.Engine.ReadModel;

/// <summary>The tables of a projection are damaged. Nothing is lost: they have to be rebuilt from the journal.</summary>
public sealed class ProjectionDamagedException : StorageFailureException
{
    /// <summary>A damage that was found.</summary>
    /// <param name="message">Where it was found.</param>
    /// <param name="innerException">What the store said, or null.</param>
    public ProjectionDamagedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
