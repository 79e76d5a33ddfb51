namespace Pointbook.Engine.Projection;

/// <summary>The tables derived from the journal of one partition. They may be deleted and rebuilt at any time.</summary>
/// <remarks>
/// <see cref="ApplyAsync"/> is called by one caller of this process at a time; loading may happen on any thread beside it, and
/// so may <see cref="ReadPositionAsync"/> where the journal is shared. Other processes may apply rounds or empty the tables
/// at any time there.
/// </remarks>
public interface IProjection : IAsyncDisposable
{
    /// <summary>Reads how far the projection has come.</summary>
    /// <exception cref="ProjectionDamagedException">The tables cannot be read and have to be rebuilt.</exception>
    ValueTask<ProjectionPosition> ReadPositionAsync(CancellationToken cancellationToken);

    /// <summary>Reads accounts and keys, all as of one moment. Accounts with few lots come first, so that a giant holds up nobody.</summary>
    /// <param name="request">What to read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>One item for each account of the request.</returns>
    /// <exception cref="ProjectionBehindException">The tables contain less than the request relies on.</exception>
    IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, CancellationToken cancellationToken);

    /// <summary>Takes a round into the tables and moves the position to its end.</summary>
    /// <returns>
    /// False if the position is not where the round begins, or the tables were emptied while the round was under way: somebody
    /// else projects as well. Nothing wrong was written then.
    /// </returns>
    /// <remarks>
    /// It may stop anywhere and be repeated, with the same round or a longer one: the rows of an account carry the sequence
    /// they stand at, and sums over accounts move with the position in one transaction. Where others may call
    /// <see cref="ResetAsync"/>, each transaction of a round has to make sure that the tables are still those it began with:
    /// comparing positions is not enough, because they may have been emptied and filled again up to the same position.
    /// </remarks>
    /// <exception cref="ProjectionDamagedException">The tables cannot be written to and have to be rebuilt.</exception>
    ValueTask<bool> ApplyAsync(ProjectionRound round, CancellationToken cancellationToken);

    /// <summary>Empties all tables; the position is the beginning again.</summary>
    ValueTask ResetAsync(CancellationToken cancellationToken);
}
