using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>A projection contains less than a load relies on, because somebody else is rebuilding it.</summary>
public sealed class ProjectionBehindException : StorageFailureException
{
    /// <summary>A projection that has lost what it held a moment ago.</summary>
    public ProjectionBehindException()
        : base("The projection does not hold accounts that it held a moment ago: it is being rebuilt.")
    {
    }

    /// <summary>A projection that has gone back.</summary>
    /// <param name="position">Where it stands.</param>
    /// <param name="needed">Where it has to stand at least.</param>
    public ProjectionBehindException(Sequence position, Sequence needed)
        : base($"The projection stands at entry {position} and is needed at entry {needed}: it is being rebuilt.")
    {
    }
}
