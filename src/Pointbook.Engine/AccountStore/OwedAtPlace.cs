using Pointbook.Engine.Queries;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Computes what payers still owe at a place in an account's lots. Not thread-safe.</summary>
/// <remarks>
/// A payer's first lots pay its outstanding deductions. The place states the unpaid rest, unless the account has changed since.
/// In that case the caller counts the lots before the place, until they have paid everything.
/// </remarks>
public sealed class OwedAtPlace
{
    private readonly Dictionary<Sequence, Points> _owed = [];
    private readonly Dictionary<string, (Sequence First, Points Left)> _counting = new(StringComparer.Ordinal);

    /// <summary>Reads what the place states.</summary>
    /// <param name="after">The place; null for the beginning.</param>
    /// <param name="standsAt">The last entry that the account's rows contain.</param>
    /// <param name="payers">The lines of the requested payers.</param>
    public OwedAtPlace(LotPlace? after, Sequence standsAt, IEnumerable<PayerSnapshot> payers)
    {
        ArgumentNullException.ThrowIfNull(payers);
        if (after is null)
        {
            return;
        }

        bool isCurrent = after.StandsAt == standsAt;
        if (isCurrent)
        {
            _owed = new Dictionary<Sequence, Points>(after.Owed);
        }

        if (isCurrent && after.KnowsAll)
        {
            return;
        }

        foreach (PayerSnapshot payer in payers.Where(payer => payer.Outstanding.IsPositive && !_owed.ContainsKey(payer.FirstSequence)))
        {
            _counting[payer.Name.Value] = (payer.FirstSequence, payer.Outstanding);
        }
    }

    /// <summary>Whether the caller need not count any more lots.</summary>
    public bool IsKnown => _counting.Count == 0;

    /// <summary>What payers owe at the place, by the first entries of their lines. A missing payer has paid nothing before the place.</summary>
    public IReadOnlyDictionary<Sequence, Points> Owed
    {
        get
        {
            foreach ((Sequence first, Points left) in _counting.Values)
            {
                _owed[first] = left;
            }

            return _owed;
        }
    }

    /// <summary>Counts one lot before the place. The caller must add the lots in their order, including expired ones.</summary>
    /// <param name="payer">The payer that funds it.</param>
    /// <param name="remaining">Its remaining points.</param>
    /// <exception cref="InvalidRowException">No points remain.</exception>
    public void Count(string payer, Points remaining)
    {
        if (!remaining.IsPositive)
        {
            throw new InvalidRowException($"a lot has {remaining} points");
        }

        if (!_counting.TryGetValue(payer, out (Sequence First, Points Left) counting))
        {
            return;
        }

        Points left = counting.Left - Points.Min(counting.Left, remaining);
        if (left.IsPositive)
        {
            _counting[payer] = (counting.First, left);
            return;
        }

        _counting.Remove(payer);
        _owed[counting.First] = Points.Zero;
    }
}
