using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <content>The uses of idempotency keys, and the ends of spends and flushes.</content>
internal sealed partial class SliceVerification
{
    /// <summary>Finds surplus rows by their number; other methods look up the expected rows one by one. Old keys may be missing.</summary>
    private static string? DifferenceOfUses(VerifiedAccount account, LoadedAccount loaded) =>
        loaded.KeyCount > account.Keys.Count
            ? $"the number of its idempotency keys is {loaded.KeyCount}; by the journal, at most {account.Keys.Count}"
            : SnapshotDifference.Differs("the number of its captures, reversals and restores is", loaded.EndCount, account.Ends.Count);

    /// <summary>Compares the rows of idempotency keys, and of the ends of spends and flushes.</summary>
    private async Task CompareUsesAsync(VerifiedAccount account, CancellationToken cancellationToken)
    {
        if (!HasComparableRows(account.Id))
        {
            return;
        }

        foreach (IdempotencyKey[] keys in account.Keys.Keys.Chunk(RowsPerRead))
        {
            await foreach (LoadedAccount loaded in LoadAsync(new AccountRequest(account.Id, WithState: false, keys, []), cancellationToken).ConfigureAwait(false))
            {
                if (loaded.Damage is { } damage)
                {
                    TellOfDamage(damage);
                    return;
                }

                CompareKeys(account, keys, loaded);
            }
        }

        foreach (Sequence[] subjects in account.Subjects.Chunk(RowsPerRead))
        {
            await foreach (LoadedAccount loaded in LoadAsync(new AccountRequest(account.Id, WithState: false, [], subjects), cancellationToken).ConfigureAwait(false))
            {
                if (loaded.Damage is { } damage)
                {
                    TellOfDamage(damage);
                    return;
                }

                CompareEnds(account, subjects, loaded);
            }
        }
    }

    /// <summary>Whether an account has readable rows that do not belong to a later account with the same key.</summary>
    private bool HasComparableRows(AccountId account) =>
        !_damaged.Contains(account) && !_gone.Contains(account) && !(_later.TryGetValue(account, out AccountSnapshot? snapshot) && snapshot.Opening > _last);

    private IAsyncEnumerable<LoadedAccount> LoadAsync(AccountRequest request, CancellationToken cancellationToken) =>
        accountStore.LoadAsync(new LoadRequest([request], Sequence.Zero), cancellationToken);

    private void CompareKeys(VerifiedAccount account, IdempotencyKey[] keys, LoadedAccount loaded)
    {
        foreach (IdempotencyKey key in keys)
        {
            KeyRecord record = account.Keys[key];
            KeyRecord? row = loaded.Keys.TryGetValue(key, out KeyRecord found) ? found : null;
            // A row of a later use cannot be checked yet, so it counts as correct.
            Tell(account.Id, row is null && record.DecidedAt >= KeysFrom() ? $"the idempotency key of operation {record.Operation} is missing"
                : row is { } used && used != record && used.Operation <= _last ? $"the row of the idempotency key of operation {record.Operation} differs from the journal"
                : null);
        }
    }

    private void CompareEnds(VerifiedAccount account, Sequence[] subjects, LoadedAccount loaded)
    {
        foreach (Sequence subject in subjects)
        {
            SubjectEnd? end = account.Ends.TryGetValue(subject, out SubjectEnd known) ? known : null;
            SubjectEnd? row = loaded.Ends.TryGetValue(subject, out SubjectEnd found) ? found : null;
            Tell(account.Id, row == end || row?.Operation > _last ? null : $"operation {subject} has {ToText(row)}; by the journal, {ToText(end)}");
        }
    }

    private static string ToText(SubjectEnd? end) => end is { } known ? $"the {EntryKindNames.ToText(known.Kind)} {known.Operation}" : "no capture, reversal or restore";

    /// <summary>The decision time from which keys must exist. Servers continue to delete old keys meanwhile.</summary>
    private Instant KeysFrom()
    {
        Instant now = Instant.FromDateTimeOffset(clock.GetUtcNow());
        return (now > _decidedAt ? now : _decidedAt).PlusClamped(SkewMax - bounds.KeysKeptFor);
    }
}
