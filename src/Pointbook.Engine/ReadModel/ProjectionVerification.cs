using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Compares the tables that are derived from a journal with the journal: every account, every operation, and the sums of every payer.</summary>
/// <remarks>
/// A server may go on writing meanwhile. Rows that contain later entries than the comparison began with are compared once the journal was read as far.
/// Rows of idempotency keys that the journal does not know are not found, nor are those of keys that may be deleted.
/// </remarks>
public static class ProjectionVerification
{
    /// <summary>Compares a projection with its journal.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="options">How.</param>
    /// <param name="advance">Is told the last entry that was read, once for each commit and each time the journal is read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="JournalException">The journal is not what was committed, or could not be read.</exception>
    /// <exception cref="StorageFailureException">The projection could not be read.</exception>
    public static async Task<ProjectionVerdict> RunAsync(
        IJournal journal, IProjection projection, ProjectionVerificationOptions options, Action<Sequence> advance, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(projection);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(advance);
        if (options.Fault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        ProjectionPosition position = await projection.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
        if (await FindRebuildAsync(journal, position, cancellationToken).ConfigureAwait(false) is { } reason)
        {
            return new ProjectionVerdict(Sequence.Zero, 0, reason, [], 0);
        }

        DifferenceList differences = new(options.DifferencesMax);
        long accounts = 0;
        try
        {
            accounts = await CompareAsync(journal, projection, options, differences, position.Last, advance, cancellationToken).ConfigureAwait(false);
        }
        catch (ProjectionDamagedException damage)
        {
            differences.Add(damage.Message);
        }

        ProjectionPosition after = await projection.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
        return after.Last < position.Last
            ? new ProjectionVerdict(Sequence.Zero, 0, "they were emptied meanwhile", [], 0)
            : new ProjectionVerdict(position.Last, accounts, Rebuild: null, differences.First, differences.Count);
    }

    private static async Task<long> CompareAsync(
        IJournal journal,
        IProjection projection,
        ProjectionVerificationOptions options,
        DifferenceList differences,
        Sequence through,
        Action<Sequence> advance,
        CancellationToken cancellationToken)
    {
        int slices = checked((int)Math.Max(1, ((through.Value - 1) / options.EntriesInMemoryMax) + 1));
        long accounts = 0;
        for (int slice = 0; slice < slices; slice++)
        {
            SliceVerification verification = new(journal, projection, options, differences, slice, slices);
            accounts += await verification.RunAsync(through, advance, cancellationToken).ConfigureAwait(false);
        }

        return accounts;
    }

    /// <summary>Why the next start rebuilds the projection; null if it does not.</summary>
    private static async ValueTask<string?> FindRebuildAsync(IJournal journal, ProjectionPosition position, CancellationToken cancellationToken) =>
        position.HasDamagedAccounts ? "rows of some accounts were found damaged"
        : await journal.ReadSealAsync(position.Last, cancellationToken).ConfigureAwait(false) != position.Seal
            || await journal.ReadSealAsync(position.TargetLast, cancellationToken).ConfigureAwait(false) != position.TargetSeal
            ? "they are not of this journal"
        : null;
}

/// <summary>The differences that were found: the first ones as sentences, and how many there are. Not thread-safe.</summary>
/// <param name="max">How many to keep.</param>
internal sealed class DifferenceList(int max)
{
    private readonly List<string> _first = [];

    public IReadOnlyList<string> First => _first;

    public long Count { get; private set; }

    public void Add(string difference)
    {
        Count++;
        if (_first.Count < max)
        {
            _first.Add(difference);
        }
    }
}
