using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Support;

/// <summary>An account store that throws in methods that the sweeper or a list calls. Thread-safe.</summary>
/// <param name="inner">The account store that gets the other calls.</param>
internal sealed class BrokenAccountStore(IAccountStore inner) : DelegatingAccountStore(inner)
{
    private int _purges;

    /// <summary>The exception that the list of due accounts throws; null for none.</summary>
    public Exception? OnListDue { get; set; }

    /// <summary>The exception that the deletion of old keys throws; null for none.</summary>
    public Exception? OnForgetKeys { get; set; }

    /// <summary>The exception that the list of accounts throws; null for none.</summary>
    public Exception? OnList { get; set; }

    /// <summary>How often the sweeper has tried to delete old keys.</summary>
    public int Purges => Volatile.Read(ref _purges);

    public override ValueTask<IReadOnlyList<AccountId>> ListDueAccountsAsync(Instant now, int countMax, CancellationToken cancellationToken) =>
        OnListDue is { } failure ? throw failure : base.ListDueAccountsAsync(now, countMax, cancellationToken);

    public override ValueTask<IReadOnlyList<AccountId>> ListAccountsAsync(
        string prefix, AccountId? after, int countMax, CancellationToken cancellationToken) =>
        OnList is { } failure ? throw failure : base.ListAccountsAsync(prefix, after, countMax, cancellationToken);

    public override ValueTask<int> ForgetKeysAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _purges);
        return OnForgetKeys is { } failure ? throw failure : base.ForgetKeysAsync(decidedBefore, countMax, cancellationToken);
    }
}
