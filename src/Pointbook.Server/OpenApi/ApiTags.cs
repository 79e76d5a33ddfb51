namespace Pointbook.Server.OpenApi;

/// <summary>The tags that group operations.</summary>
internal static class ApiTags
{
    public const string Transactions = "Transactions";
    public const string Spends = "Spends";
    public const string Accounts = "Accounts";
    public const string Flushes = "Flushes";
    public const string Payers = "Payers and statements";
    public const string Bulk = "Bulk transactions";
    public const string Journal = "Journal";
    public const string Keys = "Keys";
    public const string Clock = "Clock";
    public const string Classic = "Classic routes";

    /// <summary>All tags with their descriptions, in the order of the document.</summary>
    public static IReadOnlyList<(string Name, string Description)> All { get; } =
    [
        (Transactions, "Add credits and deductions, and read the history of an account."),
        (Spends, "Spend points across payers, oldest first. Preview, hold, capture and reverse spends."),
        (Accounts, "Read balances and lots of accounts, now and at earlier times."),
        (Flushes, "Empty an account, and restore it."),
        (Payers, "Read the total points of payers over all accounts, and their statements for a period."),
        (Bulk, "Add many transactions to any accounts in one request."),
        (Journal, "Read the journal entry by entry."),
        (Keys, "Create, list and revoke API keys."),
        (Clock, "Confirm the server's clock."),
        (Classic, "The four routes of the original service. They work on the account `default`."),
    ];
}
