using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>A projection contains less than a load requires, because another process is rebuilding it.</summary>
public sealed class ProjectionBehindException : StorageFailureException
{
    /// <summary>Creates the exception for a projection that lost accounts it contained a moment ago.</summary>
    public ProjectionBehindException()
        : base("The projection lacks accounts that it contained a moment ago: it is being rebuilt.")
    {
    }

    /// <summary>Creates the exception for a projection that went back.</summary>
    /// <param name="position">The position of the projection.</param>
    /// <param name="needed">The lowest sufficient position.</param>
    public ProjectionBehindException(Sequence position, Sequence needed)
        : base($"The projection is at entry {position} but is needed at entry {needed}: it is being rebuilt.")
    {
    }
}
