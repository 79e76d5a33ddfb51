using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>Lets the accounts in memory share the names of payers: very many accounts have the same few payers. Thread-safe.</summary>
/// <remarks>
/// Requests bring their own copy of each name, and so do stores. This is a direct-mapped cache without a lock: a name takes the place of
/// the one before it, and a name that two threads bring at once may stay twice. Names are immutable, so any copy is as good.
/// </remarks>
internal static class SharedNames
{
    /// <summary>Longer names than usual are not shared, so that the cache stays small.</summary>
    internal const int LengthMax = 64;

    private const int PlaceCount = 4096;

    private static readonly PayerName?[] Places = new PayerName?[PlaceCount];

    /// <summary>Replaces a name by the copy that another account has, if there is one.</summary>
    /// <returns>Whether another account has the name too.</returns>
    public static bool Share(ref PayerName name)
    {
        if (name.Value.Length > LengthMax)
        {
            return false;
        }

        ref PayerName? place = ref Places[name.GetHashCode() & (PlaceCount - 1)];
        PayerName? known = place;
        if (known is not null && known == name)
        {
            name = known;
            return true;
        }

        place = name;
        return false;
    }
}
