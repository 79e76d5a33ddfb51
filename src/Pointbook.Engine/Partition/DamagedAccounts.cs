using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>The accounts of a partition whose stored rows are known to be damaged. Thread-safe.</summary>
/// <remarks>The store decides: the partition loads the account each time, and serves it again as soon as its rows have been rebuilt.</remarks>
internal sealed class DamagedAccounts(ILogger logger, TimeProvider clock, Action<AccountDamagedException> mark)
{
    // The most accounts logged one by one. If there are more, the file or the database is damaged, not an account.
    private const int RememberedMax = 1_000;

    // A load that began before a repair may report the old damage after it. Later loads report damage that is still there.
    private static readonly TimeSpan StaleReportsMax = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<AccountId, bool> _known = [];
    private readonly ConcurrentDictionary<AccountId, long> _repaired = [];

    /// <summary>How many damaged accounts are known, up to a bound.</summary>
    public int Count => _known.Count;

    /// <summary>Logs the damage of an account once, and marks the account so that the snapshot writer writes its rows again.</summary>
    public void Report(AccountDamagedException damage)
    {
        if (!IsStale(damage.Account) && _known.Count < RememberedMax && _known.TryAdd(damage.Account, true))
        {
            logger.AccountDamaged(damage, damage.Account.Value);
            mark(damage);
        }
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
