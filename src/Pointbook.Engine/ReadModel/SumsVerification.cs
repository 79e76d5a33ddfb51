using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Compares the sums of payers over all accounts with the journal. Not thread-safe.</summary>
/// <param name="readModel">The read model.</param>
/// <param name="differences">Receives the differences.</param>
internal sealed class SumsVerification(IReadModel readModel, DifferenceList differences)
{
    private const int PayersPerRead = 500;

    private readonly VerifiedPayers _payers = new();
    private readonly Queue<StoredSums> _later = [];
    private readonly HashSet<PayerName> _damaged = [];

    /// <summary>Whether some rows contain entries that the caller has not added yet.</summary>
    public bool IsWaiting => _later.Count > 0;

    /// <summary>The number of payers that have entries.</summary>
    public int PayerCount => _payers.Names.Count;

    /// <summary>Adds the next commit, and compares the rows that waited for it.</summary>
    public void Add(Commit commit)
    {
        foreach (Entry entry in commit.Entries)
        {
            _payers.Add(entry, commit.RecordedAt);
        }

        CompareLater(commit.Last);
    }

    /// <summary>Reads the rows of all payers, and compares those that contain no entries after the last added one.</summary>
    /// <param name="last">The last added entry.</param>
    /// <param name="cancellationToken">Cancels the comparison.</param>
    public async Task CompareAsync(Sequence last, CancellationToken cancellationToken)
    {
        foreach (PayerName name in (await FindNamesAsync(cancellationToken).ConfigureAwait(false)).Order())
        {
            try
            {
                PayerDays days = await readModel.ReadDaysAsync(name, DateOnly.MaxValue, cancellationToken).ConfigureAwait(false);
                if (days.Position.Last < last)
                {
                    differences.Add($"The sums of payer {name} over all accounts: they contain entry {days.Position.Last} at most, and contained entry {last} before.");
                    continue;
                }

                _later.Enqueue(new StoredSums(name, days));
                CompareLater(last);
            }
            catch (ReadModelDamagedException failure) when (failure.InnerException is PayerDamagedException damage)
            {
                TellOfDamage(damage);
            }
        }
    }

    private void TellOfDamage(PayerDamagedException damage)
    {
        if (_damaged.Add(damage.Payer))
        {
            differences.Add($"The sums of payer {damage.Payer} over all accounts: {damage.Damage}.");
        }
    }

    /// <summary>Ends the comparison. Rows that contain entries after the end of the journal are wrong.</summary>
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
        PayerName? after = null;
        int count;
        do
        {
            try
            {
                IReadOnlyList<PayerTotal> page = (await readModel.ListPayersAsync(
                    new PayerQuery(PayersPerRead) { After = after }, cancellationToken).ConfigureAwait(false)).Payers;
                names.UnionWith(page.Select(total => total.Payer));
                (after, count) = (page.Count == 0 ? after : page[^1].Payer, page.Count);
            }
            catch (ReadModelDamagedException failure) when (failure.InnerException is PayerDamagedException damage && (after is null || damage.Payer > after))
            {
                // The journal finds the payers between, and the list continues after this one.
                TellOfDamage(damage);
                (after, count) = (damage.Payer, PayersPerRead);
            }
        }
        while (count == PayersPerRead);
        return names;
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
