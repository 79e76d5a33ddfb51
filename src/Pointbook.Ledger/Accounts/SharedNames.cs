using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>Lets the accounts in memory share the names of payers: very many accounts have the same few payers. Thread-safe.</summary>
/// <remarks>
/// Each request and each store brings a separate copy of each name. This is a cache without a lock: each name has two places, and a
/// new name replaces the older of the two. A name that two threads bring at once may stay twice. Names are immutable, so any copy serves.
/// </remarks>
internal static class SharedNames
{
    /// <summary>The longest name that is shared. Longer names are not shared, so that the cache stays small.</summary>
    internal const int LengthMax = 64;

    private const int PlaceCount = 8192;

    private static readonly PayerName?[] Places = new PayerName?[PlaceCount];

    /// <summary>Replaces a name with the shared copy, if the cache has one.</summary>
    /// <returns>Whether the cache had a copy.</returns>
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
