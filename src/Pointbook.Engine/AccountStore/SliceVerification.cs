using System.IO.Hashing;
using System.Runtime.InteropServices;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Compares the rows of a slice of the accounts with the journal. Used once.</summary>
/// <param name="journal">The journal.</param>
/// <param name="accountStore">The account store.</param>
/// <param name="bounds">The bounds.</param>
/// <param name="clock">The clock by which servers delete old idempotency keys.</param>
/// <param name="differences">Receives the differences.</param>
/// <param name="slice">The number of the slice, from 0.</param>
/// <param name="slices">The number of slices.</param>
internal sealed partial class SliceVerification(
    IJournal journal, IAccountStore accountStore, AccountStoreVerificationBounds bounds, TimeProvider clock, DifferenceList differences, int slice, int slices)
{
    // How much the clocks of servers may differ from this one.
    private static readonly TimeSpan SkewMax = TimeSpan.FromMinutes(5);

    private const int AccountsPerRead = 64;
    private const int RowsPerRead = 500;

    private readonly Dictionary<AccountId, VerifiedAccount> _accounts = [];
    private readonly Dictionary<AccountId, AccountSnapshot> _later = [];
    private readonly HashSet<AccountId> _damaged = [];

    // Accounts without a row. A server may have erased them after this class read the journal.
    private readonly HashSet<AccountId> _gone = [];

    // A server may erase the key of an account between two of its entries.
    private readonly Dictionary<Sequence, AccountId> _keys = [];
    private readonly ErasureListVerification? _erasures = slice == 0 ? new ErasureListVerification(accountStore, differences) : null;
    private Sequence _last;
    private Instant _decidedAt = Instant.MinValue;

    /// <summary>Compares the rows with the journal up to an entry, or further if they contain more.</summary>
    /// <returns>The number of compared accounts.</returns>
    public async Task<long> RunAsync(Sequence through, Action<Sequence> advance, CancellationToken cancellationToken)
    {
        await (_erasures?.BeginAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
        JournalHead head = await ReadThroughAsync(through, advance, cancellationToken).ConfigureAwait(false);
        _erasures?.End(through);
        await CompareAccountsAsync(cancellationToken).ConfigureAwait(false);
        await FindUnknownAccountsAsync(cancellationToken).ConfigureAwait(false);
        await ReadOnAsync(head, cancellationToken).ConfigureAwait(false);
        foreach (AccountSnapshot snapshot in _later.Values)
        {
            Tell(snapshot.Account, $"its rows contain entry {snapshot.StandsAt}, which is not an entry of this account");
        }

        foreach (AccountId account in _gone)
        {
            Tell(account, "its row is missing");
        }

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

    /// <summary>Reads the journal on for the rows that contain later entries, at most to its current end.</summary>
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
            if (_last >= end || _later.Count + _gone.Count == 0)
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
        _erasures?.Add(commit);
        for (int start = 0, end; start < commit.Entries.Count; start = end)
        {
            Entry head = commit.Entries[start];
            for (end = start + 1; end < commit.Entries.Count && !commit.Entries[end].IsFirst; end++)
            {
            }

            AccountId id = KeyOf(head);
            if (IsMine(id))
            {
                AddOperation(id, commit, start, end);
            }
        }
    }

    /// <summary>The key under which an account was first found.</summary>
    private AccountId KeyOf(Entry entry) => entry.Account.IsErased && _keys.TryGetValue(entry.AccountOpening, out AccountId? key) ? key : entry.Account;

    private void AddOperation(AccountId id, Commit commit, int start, int end)
    {
        Entry first = commit.Entries[start];
        VerifiedAccount account = AccountOf(id);
        _keys[first.AccountOpening] = id;
        OfJournal(commit, () =>
        {
            for (int index = start; index < end; index++)
            {
                account.Add(UnderKey(commit.Entries[index], id), commit.Time);
            }
        });
        if (first.Kind == EntryKind.Erasure)
        {
            // The account must not have rows any more. Another account may get its key.
            _accounts.Remove(id);
            _keys.Remove(first.AccountOpening);
        }
    }

    private static Entry UnderKey(Entry entry, AccountId key) => entry.Account == key ? entry : entry with { Account = key };

    /// <summary>Applies entries to states. If they do not follow from earlier entries, the tables are not at fault.</summary>
    /// <exception cref="JournalDamagedException">An entry does not follow from earlier ones, although the seals are valid.</exception>
    private void OfJournal(Commit commit, Action take)
    {
        try
        {
            take();
        }
        catch (EntryMismatchException mismatch)
        {
            throw new JournalDamagedException(
                journal.Partition, $"The commit of entries {commit.First} to {commit.Last} matches its seal but contradicts the journal: {mismatch.Message}", mismatch)
            {
                Commit = commit.Id,
                First = commit.First,
                Last = commit.Last,
            };
        }
    }

    /// <summary>Adds a commit after the first part of the comparison, for the accounts whose rows contain later entries.</summary>
    private void AddLater(Commit commit)
    {
        _last = commit.Last;
        OfJournal(commit, () => AddToLater(commit));
    }

    private void AddToLater(Commit commit)
    {
        foreach (Entry entry in commit.Entries)
        {
            AccountId id = KeyOf(entry);
            if (entry.Kind == EntryKind.Erasure)
            {
                _gone.Remove(id);
            }

            if (!_later.TryGetValue(id, out AccountSnapshot? snapshot) || entry.Sequence > snapshot.StandsAt)
            {
                continue;
            }

            AccountState state = AccountOf(id).State;
            state.Apply(UnderKey(entry, id));
            if (state.StandsAt == snapshot.StandsAt)
            {
                _later.Remove(id);
                Tell(id, SnapshotDifference.Find(state.ToSnapshot(), snapshot));
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
        await foreach (LoadedAccount loaded in accountStore.LoadAsync(request, cancellationToken).ConfigureAwait(false))
        {
            AccountState state = _accounts[loaded.Account].State;
            if (loaded.Damage is { } damage)
            {
                TellOfDamage(damage);
            }
            else if (loaded.Snapshot?.StandsAt > _last)
            {
                _later.Add(loaded.Account, loaded.Snapshot);
                _keys[loaded.Snapshot.Opening] = loaded.Account;
            }
            else if (loaded.Snapshot?.StandsAt == Sequence.Zero && state.StandsAt > Sequence.Zero)
            {
                _gone.Add(loaded.Account);
            }
            else
            {
                Tell(loaded.Account, SnapshotDifference.Find(state.ToSnapshot(), loaded.Snapshot!) ?? DifferenceOfUses(_accounts[loaded.Account], loaded));
            }
        }
    }

    /// <summary>Compares what balance rows contain besides the state: the sum of the holds.</summary>
    private async Task CompareBalancesAsync(AccountId[] accounts, CancellationToken cancellationToken)
    {
        foreach (StoredBalance balance in await accountStore.ReadBalancesAsync(accounts, Instant.MinValue, cancellationToken).ConfigureAwait(false))
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
        if (!HasComparableRows(id))
        {
            return;
        }

        OperationDigest found = default;
        try
        {
            OperationQuery query = new(id, RowsPerRead) { OldestFirst = true, Before = _last.Next };
            for (IReadOnlyList<Sequence>? operations = null; operations is null || operations.Count == RowsPerRead;)
            {
                operations = (await accountStore.ListOperationsAsync(query, cancellationToken).ConfigureAwait(false)).Operations;
                foreach (Sequence operation in operations)
                {
                    found = found.After(operation);
                }

                query = query with { After = operations.Count == 0 ? null : operations[^1] };
            }
        }
        catch (AccountDamagedException damage)
        {
            Tell(id, damage.Damage);
            return;
        }

        Tell(id, SnapshotDifference.Differs("the number of its operations is", found.Count, account.Operations.Count)
            ?? (found == account.Operations ? null : "the list of its operations differs from the journal"));
    }

    /// <summary>Finds accounts that have rows but no entries.</summary>
    private async Task FindUnknownAccountsAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<AccountId> page = [];
        do
        {
            page = await accountStore.ListAccountsAsync("", page.Count == 0 ? null : page[^1], RowsPerRead, cancellationToken).ConfigureAwait(false);
            VerifiedAccount[] unknown = [.. page.Where(account => IsMine(account) && !_accounts.ContainsKey(account)).Select(AccountOf)];
            await CompareStatesAsync(unknown, cancellationToken).ConfigureAwait(false);
            foreach (VerifiedAccount account in unknown.Where(account => !_later.ContainsKey(account.Id)))
            {
                Tell(account.Id, "it has rows but no entries");
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
