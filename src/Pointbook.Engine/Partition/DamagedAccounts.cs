using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>The accounts of a partition whose stored rows were found damaged. Thread-safe.</summary>
/// <remarks>What the store says counts: an account is loaded again each time, so that it is served as soon as somebody has rebuilt the projection.</remarks>
internal sealed class DamagedAccounts(ILogger logger, TimeProvider clock, Action<AccountDamagedException> mark)
{
    // So many are logged one by one; if there are more, the file or the database is damaged rather than an account.
    private const int RememberedMax = 1_000;

    // A load that began before a repair may report its damage after it. Real damage is reported again.
    private static readonly TimeSpan StaleReportsMax = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<AccountId, bool> _known = [];
    private readonly ConcurrentDictionary<AccountId, long> _repaired = [];

    /// <summary>How many are known, up to a bound.</summary>
    public int Count => _known.Count;

    /// <summary>Logs a damage once, and marks the account in the projection, so that its rows are written again.</summary>
    public void Report(AccountDamagedException damage)
    {
        if (!IsStale(damage.Account) && _known.Count < RememberedMax && _known.TryAdd(damage.Account, true))
        {
            logger.AccountDamaged(damage, damage.Account.Value);
            mark(damage);
        }
    }

    /// <summary>Forgets an account whose rows were written again.</summary>
    public void TakeRepaired(AccountId account)
    {
        if (_repaired.Count >= RememberedMax)
        {
            _repaired.Clear();
        }

        _repaired[account] = clock.GetTimestamp();
        TakeLoaded(account);
    }

    /// <summary>Forgets an account that was loaded without a fault.</summary>
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
