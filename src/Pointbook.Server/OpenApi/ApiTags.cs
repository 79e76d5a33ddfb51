namespace Pointbook.Server.OpenApi;

/// <summary>The chapters that operations are sorted into.</summary>
internal static class ApiTags
{
    public const string Transactions = "Transactions";
    public const string Spends = "Spends";
    public const string Accounts = "Accounts";
    public const string Flushes = "Flushes";
    public const string Payers = "Payers and statements";
    public const string Bulk = "Many at once";
    public const string Journal = "Journal";
    public const string Keys = "Keys";
    public const string Clock = "Clock";
    public const string Classic = "Classic routes";

    /// <summary>All of them in the order in which they are read, with what they are about.</summary>
    public static IReadOnlyList<(string Name, string Description)> All { get; } =
    [
        (Transactions, "Give points and take them back, and read what happened in an account."),
        (Spends, "Spend points, oldest first across payers; try it out, hold points for a while, or undo it."),
        (Accounts, "What accounts have, now and at other times."),
        (Flushes, "Empty an account, and take that back."),
        (Payers, "What payers have in all accounts together, and what became of it in a period."),
        (Bulk, "Add many transactions of any accounts."),
        (Journal, "Follow everything that is written, entry by entry."),
        (Keys, "Create, list and revoke API keys."),
        (Clock, "Confirm the server's clock."),
        (Classic, "The four routes of the original service. They work on the account `default`."),
    ];
}
