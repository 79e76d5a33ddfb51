namespace Pointbook.Access.Tests.Support;

/// <summary>What a limit means, character by character.</summary>
internal static class LimitModel
{
    /// <summary>Whether a limit, as it is written, allows an account.</summary>
    public static bool Allows(string limit, string account)
    {
        for (int place = 0; place < limit.Length; place++)
        {
            if (limit[place] == '*')
            {
                return true;
            }

            if (place == account.Length || limit[place] != account[place])
            {
                return false;
            }
        }

        return limit.Length == account.Length;
    }

    /// <summary>Whether any of some limits allows an account, or there is none.</summary>
    public static bool Allow(IReadOnlyCollection<string> limits, string account) =>
        limits.Count == 0 || limits.Any(limit => Allows(limit, account));
}
