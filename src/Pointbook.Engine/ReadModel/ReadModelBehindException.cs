using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>A read model does not contain what a query needs, because it is being built or its last round failed.</summary>
public sealed class ReadModelBehindException : StorageFailureException
{
    /// <summary>Creates the exception for a read model without a generation that answers queries.</summary>
    public ReadModelBehindException()
        : base("The read model is being built.")
    {
    }

    /// <summary>Creates the exception for a read model that contains less than needed.</summary>
    /// <param name="position">The position of the read model.</param>
    /// <param name="needed">The lowest sufficient position.</param>
    public ReadModelBehindException(Sequence position, Sequence needed)
        : base($"The read model is at entry {position} but is needed at entry {needed}.")
    {
    }

    /// <summary>Creates the exception for a read model that cannot advance.</summary>
    /// <param name="failure">The reason.</param>
    public ReadModelBehindException(Exception failure)
        : base($"The read model can't be updated: {SentenceOf(failure)}", failure)
    {
    }

    private static string SentenceOf(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure.Message;
    }
}
