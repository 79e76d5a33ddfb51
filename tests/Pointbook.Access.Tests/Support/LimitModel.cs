namespace Pointbook.Access.Tests.Support;

/// <summary>A model of account limits that compares character by character.</summary>
internal static class LimitModel
{
    /// <summary>Whether a limit allows an account.</summary>
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

    /// <summary>Whether any of the limits allows an account. Without limits, every account is allowed.</summary>
    public static bool Allow(IReadOnlyCollection<string> limits, string account) =>
        limits.Count == 0 || limits.Any(limit => Allows(limit, account));
}
