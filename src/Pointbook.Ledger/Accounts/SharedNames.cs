using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>Lets the accounts in memory share the names of payers: very many accounts have the same few payers. Thread-safe.</summary>
/// <remarks>
/// Requests bring their own copy of each name, and so do stores. This is a cache without a lock: each name has two places, and takes that of
/// the name that came before the latest. A name that two threads bring at once may stay twice. Names are immutable, so any copy is as good.
/// </remarks>
internal static class SharedNames
{
    /// <summary>Longer names than usual are not shared, so that the cache stays small.</summary>
    internal const int LengthMax = 64;

    private const int PlaceCount = 8192;

    private static readonly PayerName?[] Places = new PayerName?[PlaceCount];

    /// <summary>Replaces a name by the copy that another account has, if there is one.</summary>
    /// <returns>Whether another account has the name too.</returns>
    public static bool Share(ref PayerName name)
    {
        if (name.Value.Length > LengthMax)
        {
            return false;
        }

        int place = name.GetHashCode() & (PlaceCount - 2);
        PayerName? latest = Places[place];
        PayerName? known = latest == name ? latest : Places[place + 1] is { } other && other == name ? other : null;
        if (known is not null)
        {
            name = known;
            return true;
        }

        (Places[place + 1], Places[place]) = (latest, name);
        return false;
    }
}
