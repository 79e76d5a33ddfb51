using System.Runtime.CompilerServices;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Memory;

/// <summary>An account store in memory that folds entries one by one. Thread-safe. Disposing of it keeps its contents.</summary>
/// <remarks>It shares no code with the coalescing in other stores, so that tests can compare the two.</remarks>
public sealed partial class MemoryAccountStore : IAccountStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<AccountId, MemoryAccount> _accounts = [];
    private readonly Dictionary<AccountId, string> _damaged = [];
    private readonly HashSet<AccountId> _lost = [];
    private readonly SortedDictionary<Sequence, AccountErasure> _erasures = [];
    private AccountStorePosition _position = AccountStorePosition.Start;
    private int _generation;

    /// <summary>Runs before each round, outside of the lock; may wait or throw.</summary>
    public Func<Task>? BeforeApply { get; set; }

    /// <summary>Runs before each load takes its snapshot, outside of the lock; may wait or throw.</summary>
    public Func<Task>? BeforeLoad { get; set; }

    /// <summary>Changes the loaded snapshot of an account, as an edit of its rows would.</summary>
    public Func<AccountSnapshot, AccountSnapshot>? Edit { get; set; }

    /// <summary>Changes the rows of balances, as an edit of these rows would.</summary>
    public Func<BalanceRows, BalanceRows>? EditBalance { get; set; }

    /// <summary>The damage of the directory, as an edit of its buckets would cause it. Rewriting the lists removes it.</summary>
    public string? DirectoryDamage { get; set; }

    /// <summary>Damage of the tables as a whole, as a store would record it. A reset removes it.</summary>
    public string? Damage { get; set; }

    /// <summary>How many rows with invalid account keys it claims to have deleted.</summary>
    public long RowsOfNoAccount { get; set; }

    /// <summary>How many deleted rows there were before the last finished check of all accounts.</summary>
    public long CheckedRows { get; private set; }

    /// <summary>Whether any account is marked as damaged.</summary>
    public bool HasDamagedAccounts
    {
        get
        {
            lock (_lock)
            {
                return _damaged.Count > 0;
            }
        }
    }

    /// <summary>Runs before each write of a round: the target, each account, then the position. May throw.</summary>
    public Action? BeforeWrite { get; set; }

    /// <inheritdoc/>
    public ValueTask<AccountStorePosition> ReadPositionAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return new ValueTask<AccountStorePosition>(_position with { HasDamagedAccounts = _damaged.Count > 0, Damage = Damage, Resets = _generation, RowsOfNoAccount = RowsOfNoAccount });
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (BeforeLoad is { } hook)
        {
            await hook();
        }

        foreach (LoadedAccount account in Load(request))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return account;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ApplyAsync(SnapshotRound round, CancellationToken cancellationToken)
    {
        if (BeforeApply is { } hook)
        {
            await hook();
        }

        BeforeWrite?.Invoke();
        if (TryBegin(round) is not { } generation)
        {
            return false;
        }

        foreach (AccountEntries entries in round.Accounts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            BeforeWrite?.Invoke();
            if (!TryWrite(round, entries, generation))
            {
                return false;
            }
        }

        BeforeWrite?.Invoke();
        return TryMove(round, generation);
    }

    /// <inheritdoc/>
    public ValueTask MarkDamagedAsync(AccountDamagedException damage, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _damaged.TryAdd(damage.Account, damage.Damage);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<bool> RepairAsync(AccountEntries entries, Sequence position, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_position.Last != position || _position.TargetLast != position)
            {
                return new ValueTask<bool>(false);
            }

            if (DirectoryDamage is { } damage)
            {
                throw new AccountDamagedException(entries.Account, damage) { IsOfDirectory = true };
            }

            Sequence erased = entries.Erasures is [.., var last] ? last.Sequence : Sequence.Zero;
            Erase(entries);
            _lost.Remove(entries.Account);
            Apply(entries.Account, entries.Entries.Where(entry => entry.Entry.Sequence > erased));
            return new ValueTask<bool>(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> RewriteListsAsync(AccountLists lists, bool withErasures, Sequence position, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_position.Last != position || _position.TargetLast != position)
            {
                return new ValueTask<bool>(false);
            }

            DirectoryDamage = null;
            if (withErasures)
            {
                _erasures.Clear();
                foreach (AccountErasure erasure in lists.Erasures)
                {
                    _erasures[erasure.Sequence] = erasure;
                }
            }

            return new ValueTask<bool>(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask FinishCheckAsync(long deletedRows, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            CheckedRows = RowsOfNoAccount == deletedRows ? deletedRows : CheckedRows;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountErasure>> ListErasuresAsync(Sequence after, int countMax, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<AccountErasure>>(
            () => [.. _erasures.Values.Where(erasure => erasure.Sequence > after && erasure.Sequence <= _position.Last).Take(countMax)], cancellationToken);

    /// <inheritdoc/>
    public ValueTask FinishErasuresAsync(IReadOnlyList<AccountErasure> erasures, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (AccountErasure erasure in erasures)
            {
                _erasures.Remove(erasure.Sequence);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ResetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _accounts.Clear();
            _damaged.Clear();
            _lost.Clear();
            _erasures.Clear();
            _position = AccountStorePosition.Start;
            (Damage, DirectoryDamage) = (null, null);
            _generation++;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Removes the row of an account, as an edit that gives it an invalid account key would.</summary>
    public void Lose(AccountId account)
    {
        lock (_lock)
        {
            _accounts.Remove(account);
            _lost.Add(account);
        }
    }

    /// <summary>Reads everything.</summary>
    public AccountStoreTables ReadTables()
    {
        lock (_lock)
        {
            return new AccountStoreTables(
                _position,
                [.. _accounts.Values.Select(account => account.ToTables())]);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private List<LoadedAccount> Load(LoadRequest request)
    {
        lock (_lock)
        {
            if (_position.Last < request.Through)
            {
                throw new AccountStoreBehindException(_position.Last, request.Through);
            }

            return [.. request.Accounts.Select(Load).OrderBy(account => account.Snapshot?.Lots.Count ?? 0)];
        }
    }

    private LoadedAccount Load(AccountRequest request)
    {
        if (_damaged.TryGetValue(request.Account, out string? damage))
        {
            return LoadedAccount.Damaged(new AccountDamagedException(request.Account, damage));
        }

        if (DirectoryDamage is { } fault && !_accounts.ContainsKey(request.Account))
        {
            return LoadedAccount.Damaged(new AccountDamagedException(request.Account, fault) { IsOfDirectory = true });
        }

        if (_lost.Contains(request.Account))
        {
            return LoadedAccount.Damaged(new AccountDamagedException(request.Account, "its row is missing"));
        }

        MemoryAccount account = _accounts.GetValueOrDefault(request.Account) ?? new MemoryAccount(request.Account);
        AccountSnapshot? snapshot = request.WithState ? account.State.ToSnapshot() : null;
        if (snapshot is not null && Edit is { } edit)
        {
            snapshot = edit(snapshot);
            try
            {
                SnapshotCheck.ThrowIfDamaged(snapshot, account.State.LotCount);
            }
            catch (AccountDamagedException found)
            {
                return LoadedAccount.Damaged(found);
            }
        }

        return new LoadedAccount(
            request.Account,
            snapshot,
            request.Keys.Where(account.Keys.ContainsKey).ToDictionary(key => key, key => account.Keys[key]),
            request.Subjects.Where(account.Ends.ContainsKey).ToDictionary(subject => subject, subject => account.Ends[subject]))
        {
            AbsentThrough = _accounts.ContainsKey(request.Account) ? Sequence.Zero : _position.TargetLast,
            KeyCount = account.Keys.Count,
            EndCount = account.Ends.Count,
        };
    }

    /// <summary>Begins a round if the round begins at the position.</summary>
    /// <returns>The generation of the tables, which each reset increases. Null if the round does not begin at the position.</returns>
    private int? TryBegin(SnapshotRound round)
    {
        lock (_lock)
        {
            if (_position.Last == round.After && _position.TargetLast <= round.End.Last)
            {
                _position = _position with { TargetLast = round.End.Last, TargetSeal = round.End.Seal };
            }

            return _position.Last == round.After ? _generation : null;
        }
    }

    private bool TryWrite(SnapshotRound round, AccountEntries entries, int generation)
    {
        lock (_lock)
        {
            if (generation != _generation)
            {
                return false;
            }

            Sequence erased = entries.Erasures is [.., var last] ? last.Sequence : Sequence.Zero;
            Sequence standsAt = _accounts.TryGetValue(entries.Account, out MemoryAccount? known) ? known.State.StandsAt : Sequence.Zero;
            if (erased > standsAt)
            {
                Erase(entries);
                standsAt = erased;
            }

            if (DirectoryDamage is { } damage && !_accounts.ContainsKey(entries.Account) && _damaged.TryAdd(entries.Account, damage))
            {
                round.ReportDamage(new AccountDamagedException(entries.Account, damage) { IsOfDirectory = true });
            }

            if (!_damaged.ContainsKey(entries.Account))
            {
                Apply(entries.Account, entries.Entries.Where(entry => entry.Entry.Sequence > standsAt));
            }

            return true;
        }
    }

    private void Erase(AccountEntries entries)
    {
        _accounts.Remove(entries.Account);
        _damaged.Remove(entries.Account);
        foreach (AccountErasure erasure in entries.Erasures)
        {
            _erasures[erasure.Sequence] = erasure;
            foreach (AccountId known in _accounts.Where(account => account.Value.State.Opening == erasure.Opening).Select(account => account.Key).ToArray())
            {
                // The earlier entries were read with the account key, and this entry after the key was erased.
                _accounts.Remove(known);
            }
        }
    }

    private void Apply(AccountId id, IEnumerable<RecordedEntry> entries)
    {
        foreach (RecordedEntry entry in entries)
        {
            if (!_accounts.TryGetValue(id, out MemoryAccount? account))
            {
                account = new MemoryAccount(id);
                _accounts.Add(id, account);
            }

            account.Apply(entry);
        }
    }

    private bool TryMove(SnapshotRound round, int generation)
    {
        lock (_lock)
        {
            if (_position.Last != round.After || generation != _generation)
            {
                return false;
            }

            _position = _position with { Last = round.End.Last, Seal = round.End.Seal };
            return true;
        }
    }
}
