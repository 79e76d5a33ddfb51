using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Compares the list of unfinished erasures with the journal. Used once.</summary>
/// <remarks>If a row were missing, the texts of an erased account would stay in the journal for ever.</remarks>
/// <param name="accountStore">The account store.</param>
/// <param name="differences">Receives the differences.</param>
internal sealed class ErasureListVerification(IAccountStore accountStore, DifferenceList differences)
{
    private const int RowsPerRead = 500;

    private readonly ErasureVerification _journal = new(findsUnfinished: true);
    private readonly HashSet<AccountErasure> _listed = [];

    /// <summary>Reads the list before the journal, because servers remove an erasure from the list once the journal has none of its texts.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<AccountErasure> page = [];
        do
        {
            Sequence after = page.Count == 0 ? Sequence.Zero : page[^1].Sequence;
            page = await accountStore.ListErasuresAsync(after, RowsPerRead, cancellationToken).ConfigureAwait(false);
            _listed.UnionWith(page);
        }
        while (page.Count == RowsPerRead);
    }

    /// <summary>Adds the next commit.</summary>
    public void Add(Commit commit) => _journal.Add(commit);

    /// <summary>Compares the list with the journal up to an entry.</summary>
    public void End(Sequence through)
    {
        foreach (AccountErasure erasure in _journal.Unfinished.Where(erasure => erasure.Sequence <= through && !_listed.Contains(erasure)))
        {
            differences.Add($"Erasure {erasure.Sequence} is unfinished but missing from the list of unfinished erasures.");
        }

        HashSet<AccountErasure> known = [.. _journal.Erasures];
        foreach (AccountErasure erasure in _listed.Where(erasure => erasure.Sequence <= through && !known.Contains(erasure)))
        {
            differences.Add($"The list of erasures contains entry {erasure.Sequence}, which does not erase the account that entry {erasure.Opening} opened.");
        }
    }
}
