namespace Pointbook.Simulation.Tests.Audit;

/// <summary>One entry of a commit, as the body and the texts of the commit contain it. Times are microseconds since 1970.</summary>
internal sealed record JournalRow(
    long Sequence,
    string Kind,
    string Account,
    string? Payer,
    long Points,
    long LotPoints,
    long? OccurredAt,
    long? Lot,
    long? ExpiresAt,
    long Operation,
    long? Subject,
    string? Key,
    byte[]? KeyHash)
{
    /// <summary>The first entry of the account.</summary>
    public long Opening { get; init; }

    /// <summary>Whether the entry has an idempotency key, which may be erased.</summary>
    public bool HasKey { get; init; }

    /// <summary>How many texts of the entry an erasure must overwrite, and has not overwritten.</summary>
    public int TextsLeft { get; init; }

    /// <summary>How many texts of the entry are overwritten.</summary>
    public int TextsErased { get; init; }

    /// <summary>In the first entry of an operation: the first entry of the account's previous operation. Otherwise 0.</summary>
    public long PreviousOperation { get; init; }

    /// <summary>In the first entry of an operation: the balance of the account before the operation. Otherwise 0.</summary>
    public long BalanceBefore { get; init; }

    public string? Reference { get; init; }

    public string? Reason { get; init; }

    public string? Actor { get; init; }

    public override string ToString() =>
        $"entry {Sequence} ({Kind} of {Account}, payer {Payer}, points {Points}, lot {Lot} {LotPoints}, operation {Operation})";
}

/// <summary>The entries of one operation.</summary>
internal sealed record Operation(int Partition, IReadOnlyList<JournalRow> Rows, long DecidedAt, long RecordedAt)
{
    public JournalRow Header => Rows[0];

    /// <summary>The kind of the operation. An expiry may begin with a settlement.</summary>
    public string Kind => Header.Kind == "settlement" ? "expiry" : Header.Kind;

    /// <summary>The change of the account's balance.</summary>
    public long Points => Rows.Sum(row => row.Points);

    /// <summary>The entries that draw points from lots for the client.</summary>
    public IEnumerable<JournalRow> Draws => Rows.Where(row => row.Kind == "draw");
}
