using System.Collections.Concurrent;
using Pointbook.Engine.Partition;

namespace Pointbook.Engine.AccountStore;

/// <summary>Applies rounds to an account store. It marks damaged accounts before a round, and reports those that the round finds. Used by one caller at a time.</summary>
internal sealed class RoundApplier(IAccountStore accountStore, DamagedAccounts damaged)
{
    private readonly ConcurrentQueue<AccountDamagedException> _toMark = new();

    /// <summary>Marks an account before the next round. Any thread may call it.</summary>
    public void Mark(AccountDamagedException damage) => _toMark.Enqueue(damage);

    /// <summary>Forgets the pending marks and the known damages, because the tables were emptied. Damage that is still there is found again.</summary>
    public void Forget()
    {
        _toMark.Clear();
        damaged.Forget();
    }

    /// <summary>Writes the pending marks. After a failure, the next call writes the rest.</summary>
    public async ValueTask MarkDamagedAsync(CancellationToken cancellationToken)
    {
        while (_toMark.TryPeek(out AccountDamagedException? damage))
        {
            await accountStore.MarkDamagedAsync(damage, cancellationToken).ConfigureAwait(false);
            _toMark.TryDequeue(out _);
        }
    }

    /// <summary>Applies a round.</summary>
    /// <returns>As <see cref="IAccountStore.ApplyAsync"/>.</returns>
    public async ValueTask<bool> ApplyAsync(SnapshotRound round, CancellationToken cancellationToken)
    {
        bool isApplied = await accountStore.ApplyAsync(round, cancellationToken).ConfigureAwait(false);
        damaged.TakeRound(round);
        return isApplied;
    }
}
