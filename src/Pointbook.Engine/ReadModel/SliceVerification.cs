using System.IO.Hashing;
using System.Runtime.InteropServices;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Compares the rows of a part of the accounts with the journal, and with the first part the sums of payers. Used once.</summary>
/// <param name="journal">The journal.</param>
/// <param name="projection">The projection.</param>
/// <param name="bounds">The bounds.</param>
/// <param name="clock">The clock by which servers delete old idempotency keys.</param>
/// <param name="differences">Gets what differs.</param>
/// <param name="slice">Which part, from 0.</param>
/// <param name="slices">How many parts there are.</param>
internal sealed class SliceVerification(
    IJournal journal, IProjection projection, ProjectionVerificationBounds bounds, TimeProvider clock, DifferenceList differences, int slice, int slices)
{
    // By how much the clocks of servers may differ from this one.
    private static readonly TimeSpan SkewMax = TimeSpan.FromMinutes(5);

    private const int AccountsPerRead = 64;
    private const int RowsPerRead = 500;

    private readonly Dictionary<AccountId, VerifiedAccount> _accounts = [];
    private readonly Dictionary<AccountId, AccountSnapshot> _later = [];
    private readonly HashSet<AccountId> _damaged = [];
    private readonly SumsVerification? _sums = slice == 0 ? new SumsVerification(projection, differences) : null;
    private readonly OperationRowBuilder _building = new();
    private Sequence _last;
    private Instant _decidedAt = Instant.MinValue;

    /// <summary>The payers whose sums changed each time they were read.</summary>
    public IReadOnlyList<PayerName> UnstablePayers => _sums?.UnstablePayers ?? [];

    /// <summary>Compares what the rows say up to an entry, or later where they contain more.</summary>
    /// <returns>How many accounts were compared.</returns>
    public async Task<long> RunAsync(Sequence through, Action<Sequence> advance, CancellationToken cancellationToken)
    {
        JournalHead head = await ReadThroughAsync(through, advance, cancellationToken).ConfigureAwait(false);
        await CompareAccountsAsync(cancellationToken).ConfigureAwait(false);
        await FindUnknownAccountsAsync(cancellationToken).ConfigureAwait(false);
        await (_sums?.CompareAsync(_last, cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
        await ReadOnAsync(head, cancellationToken).ConfigureAwait(false);
        foreach (AccountSnapshot snapshot in _later.Values)
        {
            Tell(snapshot.Account, $"its rows contain entry {snapshot.StandsAt}, which is not an entry of this account");
        }

        _sums?.End(_last);
        return _accounts.Count;
    }

    private async Task<JournalHead> ReadThroughAsync(Sequence through, Action<Sequence> advance, CancellationToken cancellationToken)
    {
        JournalHead head = JournalHead.Empty;
        if (through == Sequence.Zero)
        {
            return head;
        }

        await foreach (Commit commit in JournalVerification.ReadAsync(journal, head, cancellationToken).ConfigureAwait(false))
        {
            Add(commit);
            advance(_last);
            head = commit.ToHead();
            if (_last >= through)
            {
                break;
            }
        }

        return head;
    }

    /// <summary>Reads the journal as far as the rows had come that waited, which is no further than it ends now.</summary>
    private async Task ReadOnAsync(JournalHead head, CancellationToken cancellationToken)
    {
        Sequence end = (await journal.ReadHeadAsync(cancellationToken).ConfigureAwait(false)).Last;
        if (_last >= end)
        {
            return;
        }

        await foreach (Commit commit in JournalVerification.ReadAsync(journal, head, cancellationToken).ConfigureAwait(false))
        {
            AddLater(commit);
            if (_last >= end || (_later.Count == 0 && _sums?.IsWaiting != true))
            {
                return;
            }
        }
    }

    private bool IsMine(AccountId account) =>
        slices == 1 || XxHash3.HashToUInt64(MemoryMarshal.AsBytes(account.Value.AsSpan())) % (ulong)slices == (ulong)slice;

    private VerifiedAccount AccountOf(AccountId account)
    {
        ref VerifiedAccount? known = ref CollectionsMarshal.GetValueRefOrAddDefault(_accounts, account, out _);
        return known ??= new VerifiedAccount(account);
    }

    private void Add(Commit commit)
    {
        (_last, _decidedAt) = (commit.Last, commit.DecidedAt);
        _sums?.Add(commit);
        for (int start = 0, end; start < commit.Entries.Count; start = end)
        {
            Entry head = commit.Entries[start];
            for (end = start + 1; end < commit.Entries.Count && !commit.Entries[end].IsFirst; end++)
            {
            }

            if (IsMine(head.Account))
            {
                AddOperation(commit, start, end);
            }
        }
    }

    private void AddOperation(Commit commit, int start, int end)
    {
        VerifiedAccount account = AccountOf(commit.Entries[start].Account);
        for (int index = start; index < end; index++)
        {
            _building.Add(commit.Entries[index], commit.Time);
            account.Add(commit.Entries[index], commit.Time);
        }

        account.Add(_building.Finish());
    }

    /// <summary>Adds a commit behind those that all rows contain, to the accounts and sums that are waiting for it.</summary>
    private void AddLater(Commit commit)
    {
        _last = commit.Last;
        _sums?.Add(commit);
        foreach (Entry entry in commit.Entries)
        {
            if (!_later.TryGetValue(entry.Account, out AccountSnapshot? snapshot) || entry.Sequence > snapshot.StandsAt)
            {
                continue;
            }

            AccountState state = AccountOf(entry.Account).State;
            state.Apply(entry);
            if (state.StandsAt == snapshot.StandsAt)
            {
                _later.Remove(entry.Account);
                Tell(entry.Account, SnapshotDifference.Find(state.ToSnapshot(), snapshot));
            }
        }
    }

    private async Task CompareAccountsAsync(CancellationToken cancellationToken)
    {
        foreach (VerifiedAccount[] accounts in _accounts.Values.ToArray().Chunk(AccountsPerRead))
        {
            await CompareStatesAsync(accounts, cancellationToken).ConfigureAwait(false);
            await CompareBalancesAsync([.. accounts.Select(account => account.Id)], cancellationToken).ConfigureAwait(false);
            foreach (VerifiedAccount account in accounts)
            {
                await CompareUsesAsync(account, cancellationToken).ConfigureAwait(false);
                await CompareOperationsAsync(account, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task CompareStatesAsync(VerifiedAccount[] accounts, CancellationToken cancellationToken)
    {
        LoadRequest request = new([.. accounts.Select(account => new AccountRequest(account.Id, WithState: true, [], []))], Sequence.Zero) { ChecksDirectory = true };
        await foreach (LoadedAccount loaded in projection.LoadAsync(request, cancellationToken).ConfigureAwait(false))
        {
            AccountState state = _accounts[loaded.Account].State;
            if (loaded.Damage is { } damage)
            {
                TellOfDamage(damage);
            }
            else if (loaded.Snapshot?.StandsAt > _last)
            {
                _later.Add(loaded.Account, loaded.Snapshot);
            }
            else
            {
                Tell(loaded.Account, SnapshotDifference.Find(state.ToSnapshot(), loaded.Snapshot!) ?? DifferenceOfUses(_accounts[loaded.Account], loaded));
            }
        }
    }

    /// <summary>Finds uses that there were not: those that there were are looked up one by one. Old keys may be gone.</summary>
    private static string? DifferenceOfUses(VerifiedAccount account, LoadedAccount loaded) =>
        loaded.KeyCount > account.Keys.Count
            ? $"the number of its idempotency keys is {loaded.KeyCount}; by the journal, at most {account.Keys.Count}"
            : SnapshotDifference.Differs("the number of its captures, reversals and restores is", loaded.EndCount, account.Ends.Count);

    /// <summary>Compares the rows of the idempotency keys, and of what became of spends and flushes.</summary>
    private async Task CompareUsesAsync(VerifiedAccount account, CancellationToken cancellationToken)
    {
        if (_damaged.Contains(account.Id))
        {
            // That was told, and its uses can't be read.
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

    private IAsyncEnumerable<LoadedAccount> LoadAsync(AccountRequest request, CancellationToken cancellationToken) =>
        projection.LoadAsync(new LoadRequest([request], Sequence.Zero), cancellationToken);

    private void CompareKeys(VerifiedAccount account, IdempotencyKey[] keys, LoadedAccount loaded)
    {
        foreach (IdempotencyKey key in keys)
        {
            KeyRecord record = account.Keys[key];
            KeyRecord? row = loaded.Keys.TryGetValue(key, out KeyRecord found) ? found : null;
            // A row of a later use is right as far as anybody can tell yet.
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

    /// <summary>From when on keys must be there. Servers go on deleting old keys meanwhile.</summary>
    private Instant KeysFrom()
    {
        Instant now = Instant.FromDateTimeOffset(clock.GetUtcNow());
        return (now > _decidedAt ? now : _decidedAt).PlusClamped(SkewMax - bounds.KeysKeptFor);
    }

    /// <summary>Compares what the rows of balances say besides the state: the sum of the holds.</summary>
    private async Task CompareBalancesAsync(AccountId[] accounts, CancellationToken cancellationToken)
    {
        foreach (StoredBalance balance in await projection.ReadBalancesAsync(accounts, Instant.MinValue, cancellationToken).ConfigureAwait(false))
        {
            AccountState state = _accounts[balance.Account].State;
            Tell(balance.Account, balance.Rows is { } rows && rows.StandsAt == state.StandsAt
                ? SnapshotDifference.Differs("its held points are", rows.Held, state.Held)
                : null);
        }
    }

    private async Task CompareOperationsAsync(VerifiedAccount account, CancellationToken cancellationToken)
    {
        AccountId id = account.Id;
        OperationDigest found = default;
        try
        {
            OperationQuery query = new(id, RowsPerRead) { OldestFirst = true, WithPieces = true, Before = _last.Next };
            for (IReadOnlyList<OperationRow>? rows = null; rows is null || rows.Count == RowsPerRead;)
            {
                rows = await projection.ListOperationsAsync(query, cancellationToken).ConfigureAwait(false);
                foreach (OperationRow row in rows)
                {
                    found = found.After(row);
                }

                query = query with { After = rows.Count == 0 ? null : rows[^1].First };
            }
        }
        catch (AccountDamagedException damage)
        {
            Tell(id, damage.Damage);
            return;
        }

        Tell(id, SnapshotDifference.Differs("the number of its operations is", found.Count, account.Operations.Count)
            ?? (found == account.Operations ? null : "the rows of its operations differ from the journal"));
    }

    /// <summary>Finds accounts that have rows and no entries.</summary>
    private async Task FindUnknownAccountsAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<AccountId> page = [];
        do
        {
            page = await projection.ListAccountsAsync("", page.Count == 0 ? null : page[^1], RowsPerRead, cancellationToken).ConfigureAwait(false);
            VerifiedAccount[] unknown = [.. page.Where(account => IsMine(account) && !_accounts.ContainsKey(account)).Select(AccountOf)];
            await CompareStatesAsync(unknown, cancellationToken).ConfigureAwait(false);
            foreach (VerifiedAccount account in unknown.Where(account => !_later.ContainsKey(account.Id)))
            {
                Tell(account.Id, "it has rows and no entries");
            }
        }
        while (page.Count == RowsPerRead);
    }

    private void TellOfDamage(AccountDamagedException damage)
    {
        _damaged.Add(damage.Account);
        Tell(damage.Account, damage.Damage);
    }

    private void Tell(AccountId account, string? difference)
    {
        if (difference is not null)
        {
            differences.Add($"Account {account}: {difference}.");
        }
    }
}
