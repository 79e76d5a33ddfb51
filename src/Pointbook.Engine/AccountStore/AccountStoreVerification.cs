using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Compares the tables derived from a journal with the journal: every account and every operation.</summary>
/// <remarks>
/// A server may continue to write meanwhile. If rows contain entries after the comparison's end, it compares them once it has read the journal that far.
/// It does not find rows of idempotency keys unknown to the journal, nor rows of accounts that the table of accounts does not list.
/// </remarks>
/// <param name="journal">The journal.</param>
/// <param name="accountStore">The account store.</param>
/// <param name="bounds">The bounds.</param>
/// <param name="clock">The clock by which servers delete old idempotency keys.</param>
public sealed class AccountStoreVerification(IJournal journal, IAccountStore accountStore, AccountStoreVerificationBounds bounds, TimeProvider clock)
{
    /// <summary>Compares an account store with its journal.</summary>
    /// <param name="advance">Receives the progress, as an entry of the journal. It never goes back.</param>
    /// <param name="cancellationToken">Cancels the comparison.</param>
    /// <exception cref="JournalException">The journal is not what was committed, or could not be read.</exception>
    /// <exception cref="StorageFailureException">The account store could not be read.</exception>
    public async Task<AccountStoreVerdict> RunAsync(Action<Sequence> advance, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(advance);
        if (bounds.Fault() is { } fault)
        {
            throw new InvalidOperationException(fault);
        }

        try
        {
            AccountStorePosition position = await accountStore.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
            if (await FindRebuildAsync(position, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                return AccountStoreVerdict.ToBeRebuilt(reason);
            }

            AccountStoreVerdict verdict = await CompareAsync(position.Last, advance, cancellationToken).ConfigureAwait(false);
            AccountStorePosition after = await accountStore.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
            return after.Last < position.Last ? AccountStoreVerdict.ToBeRebuilt("they were emptied during the comparison") : verdict;
        }
        catch (AccountStoreDamagedException damage)
        {
            return AccountStoreVerdict.ToBeRebuilt(damage.Message);
        }
    }

    private async Task<AccountStoreVerdict> CompareAsync(Sequence through, Action<Sequence> advance, CancellationToken cancellationToken)
    {
        DifferenceList differences = new(bounds.DifferencesMax);
        int slices = checked((int)Math.Max(1, ((through.Value - 1) / bounds.EntriesInMemoryMax) + 1));
        long accounts = 0;
        try
        {
            for (int slice = 0; slice < slices; slice++)
            {
                long before = slice * through.Value;
                SliceVerification verification = new(journal, accountStore, bounds, clock, differences, slice, slices);
                accounts += await verification.RunAsync(
                    through, last => advance(new Sequence((before + last.Value) / slices)), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (AccountStoreDamagedException damage)
        {
            // Damage found after the tables were opened is a difference, because the next start does not learn of it.
            differences.Add(damage.Message);
        }

        return new AccountStoreVerdict(through, accounts, Rebuild: null, differences.First, differences.Count);
    }

    /// <summary>Returns why the next start rebuilds the account store; null if it does not.</summary>
    private async ValueTask<string?> FindRebuildAsync(AccountStorePosition position, CancellationToken cancellationToken) =>
        position.Damage is { } damage ? $"it was found damaged: {damage}"
        : position.HasDamagedAccounts ? "rows of some accounts were found damaged"
        : await journal.ReadSealAsync(position.Last, cancellationToken).ConfigureAwait(false) != position.Seal
            || await journal.ReadSealAsync(position.TargetLast, cancellationToken).ConfigureAwait(false) != position.TargetSeal
            ? "it belongs to another journal"
        : null;
}

/// <summary>The differences found: the first ones as sentences, and their total number. Not thread-safe.</summary>
/// <param name="max">How many sentences to keep.</param>
internal sealed class DifferenceList(int max)
{
    private readonly List<string> _first = [];

    public IReadOnlyList<string> First => _first;

    public long Count { get; private set; }

    public void Add(string difference)
    {
        Count++;
        if (_first.Count < max)
        {
            _first.Add(difference);
        }
    }
}
