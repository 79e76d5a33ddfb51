using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Compares the sums of payers over all accounts with the journal. Not thread-safe.</summary>
/// <param name="projection">The projection.</param>
/// <param name="differences">Gets what differs.</param>
internal sealed class SumsVerification(IProjection projection, DifferenceList differences)
{
    private const int PayersPerRead = 500;
    private const int StableReadsMax = 100;

    private readonly VerifiedPayers _payers = new();
    private readonly Queue<StoredSums> _later = [];
    private readonly List<PayerName> _unstable = [];

    /// <summary>The payers whose sums changed each time they were read.</summary>
    public IReadOnlyList<PayerName> UnstablePayers => _unstable;

    /// <summary>Whether rows were read that contain entries which were not added yet.</summary>
    public bool IsWaiting => _later.Count > 0;

    /// <summary>Adds the commit that follows, and compares what waited for it.</summary>
    public void Add(Commit commit)
    {
        foreach (Entry entry in commit.Entries)
        {
            _payers.Add(entry, commit.RecordedAt);
        }

        CompareLater(commit.Last);
    }

    /// <summary>Reads the rows of all payers, and compares those that contain no later entries than were added.</summary>
    /// <param name="last">The last entry that was added.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task CompareAsync(Sequence last, CancellationToken cancellationToken)
    {
        foreach (PayerName name in (await FindNamesAsync(cancellationToken).ConfigureAwait(false)).Order())
        {
            if (await TryReadAsync(name, cancellationToken).ConfigureAwait(false) is { } sums)
            {
                _later.Enqueue(sums);
                CompareLater(last);
            }
            else
            {
                _unstable.Add(name);
            }
        }
    }

    /// <summary>Ends the comparison. Rows that contain later entries than the journal are wrong.</summary>
    /// <param name="last">The last entry of the journal.</param>
    public void End(Sequence last)
    {
        foreach (StoredSums sums in _later)
        {
            differences.Add($"The sums of payer {sums.Payer} over all accounts: they contain entry {sums.Through}, and the journal ends at entry {last}.");
        }
    }

    /// <summary>Finds the payers that have entries or rows.</summary>
    private async ValueTask<HashSet<PayerName>> FindNamesAsync(CancellationToken cancellationToken)
    {
        HashSet<PayerName> names = [.. _payers.Names];
        IReadOnlyList<PayerTotal> page = [];
        do
        {
            PayerQuery query = new(PayersPerRead, Instant.MinValue) { After = page.Count == 0 ? null : page[^1].Payer };
            page = await projection.ListPayersAsync(query, cancellationToken).ConfigureAwait(false);
            names.UnionWith(page.Select(total => total.Payer));
        }
        while (page.Count == PayersPerRead);
        return names;
    }

    /// <summary>Reads the sums of a payer between two looks at the position that agree, so that it is known which entries they contain.</summary>
    /// <returns>The sums, or null if the position moved each time.</returns>
    private async ValueTask<StoredSums?> TryReadAsync(PayerName payer, CancellationToken cancellationToken)
    {
        ProjectionPosition before = await projection.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
        for (int reads = 0; reads < StableReadsMax; reads++)
        {
            IReadOnlyList<PayerTotal> total = await projection.ListPayersAsync(
                new PayerQuery(1, Instant.MinValue) { Only = payer }, cancellationToken).ConfigureAwait(false);
            PayerDays days = await projection.ReadDaysAsync(payer, DateOnly.MaxValue, cancellationToken).ConfigureAwait(false);
            ProjectionPosition after = await projection.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
            if (after.Last == before.Last)
            {
                return new StoredSums(payer, after.Last, total.Count == 0 ? null : total[0], days);
            }

            before = after;
        }

        return null;
    }

    private void CompareLater(Sequence last)
    {
        while (_later.TryPeek(out StoredSums? sums) && sums.Through <= last)
        {
            _later.Dequeue();
            if (_payers.FindDifference(sums) is { } difference)
            {
                differences.Add(difference);
            }
        }
    }
}
