using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>The accounts of a partition whose stored rows are known to be damaged. Thread-safe.</summary>
/// <remarks>The store decides: the partition loads the account each time, and serves it again as soon as its rows have been rebuilt.</remarks>
/// <param name="logger">Where to log.</param>
/// <param name="clock">The clock.</param>
/// <param name="mark">Marks an account, so that its rows are rewritten.</param>
/// <param name="repairDirectory">Receives the damage of the directory, so that it is rewritten; null if repairs are disabled.</param>
internal sealed class DamagedAccounts(ILogger logger, TimeProvider clock, Action<AccountDamagedException> mark, Action<string>? repairDirectory)
{
    // The most accounts logged one by one. If there are more, the file or the database is damaged, not an account.
    private const int RememberedMax = 1_000;

    // A load that began before a repair may report the old damage after it. Later loads report damage that is still there.
    private static readonly TimeSpan StaleReportsMax = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<AccountId, bool> _known = [];
    private readonly ConcurrentDictionary<AccountId, long> _repaired = [];

    /// <summary>How many damaged accounts are known, up to a bound.</summary>
    public int Count => _known.Count;

    /// <summary>Takes damage that a load or a query found. It logs the damage of an account once, and marks the account so that its rows are rewritten.</summary>
    /// <remarks>Damage of the directory marks no account: it may affect very many, and their rows need no repair.</remarks>
    public void Report(AccountDamagedException damage)
    {
        if (damage.IsOfDirectory && repairDirectory is not null)
        {
            repairDirectory(damage.Damage);
        }
        else
        {
            TryReportAccount(damage);
        }
    }

    /// <summary>Takes the damage that a round found. The round marked and skipped the accounts, so their rows must be rewritten.</summary>
    public void TakeRound(SnapshotRound round)
    {
        if (round.DirectoryDamage is { } damage)
        {
            repairDirectory?.Invoke(damage);
        }

        foreach (AccountDamagedException account in round.Damages)
        {
            TryReportAccount(account);
        }
    }

    /// <summary>Takes damage of an account, not of the directory.</summary>
    /// <returns>Whether the account is now known and marked. False if too many are known, or if its rows were written again a short while ago.</returns>
    public bool TryReportAccount(AccountDamagedException damage)
    {
        if (_known.ContainsKey(damage.Account))
        {
            return true;
        }

        if (IsStale(damage.Account) || _known.Count >= RememberedMax)
        {
            return false;
        }

        if (_known.TryAdd(damage.Account, true))
        {
            logger.AccountDamaged(damage, damage.Account.Value);
            mark(damage);
        }

        return true;
    }

    /// <summary>Forgets an account after the snapshot writer wrote its rows again.</summary>
    public void TakeRepaired(AccountId account)
    {
        if (_repaired.Count >= RememberedMax)
        {
            _repaired.Clear();
        }

        _repaired[account] = clock.GetTimestamp();
        TakeLoaded(account);
    }

    /// <summary>Forgets all accounts, because the tables were emptied.</summary>
    public void Forget()
    {
        foreach (AccountId account in _known.Keys)
        {
            _known.TryRemove(account, out _);
        }
    }

    /// <summary>Forgets an account after a load found no damage.</summary>
    public void TakeLoaded(AccountId account)
    {
        if (!_known.IsEmpty && _known.TryRemove(account, out _))
        {
            logger.AccountRepaired(account.Value);
        }
    }

    private bool IsStale(AccountId account) =>
        !_repaired.IsEmpty && _repaired.TryGetValue(account, out long repaired) && clock.GetElapsedTime(repaired) < StaleReportsMax;
}
