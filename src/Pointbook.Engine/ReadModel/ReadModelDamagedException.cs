namespace Pointbook.Engine.ReadModel;

/// <summary>A generation of a read model is damaged. No data is lost: the server builds a new one from the journal.</summary>
public sealed class ReadModelDamagedException : StorageFailureException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="generation">The number of the generation.</param>
    /// <param name="message">The fault.</param>
    /// <param name="innerException">The store's exception, or null.</param>
    public ReadModelDamagedException(long generation, string message, Exception? innerException = null)
        : base(message, innerException) => Generation = generation;

    /// <summary>The number of the generation.</summary>
    public long Generation { get; }
}
