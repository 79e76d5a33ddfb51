using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pointbook.Contracts;
using Pointbook.Server.Problems;
using Pointbook.Server.Statements;

namespace Pointbook.Server.OpenApi;

/// <summary>One short story that provides all examples of the description.</summary>
internal static class Examples
{
    private const string Account = "alice";
    private const string Payer = "DANNON";
    private const string CreditId = "000000000000000e";
    private const string SpendId = "000000000000000f";
    private const string Cursor = "AdBzW4EwH2nxMTQ";
    private const string Order = "order-1001";

    private static readonly DateTimeOffset Timestamp = new(2020, 10, 31, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset ExpiresAt = new(2027, 10, 31, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Midnight = new(2020, 11, 1, 0, 0, 0, TimeSpan.Zero);

    public static TransactionRequest NewTransaction { get; } = new(Payer, 300, Timestamp) { ExpiresAt = ExpiresAt, Reference = "receipt-77" };

    public static ClassicTransactionRequest NewClassicTransaction { get; } = new(Payer, 300, Timestamp);

    public static Transaction Credit { get; } = new()
    {
        Id = CreditId,
        Account = Account,
        Kind = TransactionKind.Credit,
        Payer = Payer,
        Points = 300,
        BalanceAfter = 300,
        Timestamp = Timestamp,
        ExpiresAt = ExpiresAt,
        RecordedAt = Noon,
        Reference = "receipt-77",
    };

    public static Page<Transaction> History { get; } = new(
    [
        new Transaction
        {
            Id = SpendId,
            Account = Account,
            Kind = TransactionKind.Spend,
            Points = -120,
            BalanceAfter = 180,
            RecordedAt = Noon.AddSeconds(1),
            Payers = [new PayerChange(Payer, -120)],
            LinesCount = 1,
            LinesUrl = $"/v1/accounts/{Account}/transactions/{SpendId}/lines",
            Reference = Order,
        },
        Credit,
    ],
        Cursor);

    public static Page<TransactionLine> TransactionLinesPage { get; } = new(
    [
        new TransactionLine
        {
            Kind = TransactionLineKind.Draw,
            Payer = Payer,
            Points = -120,
            LotPoints = -120,
            LotId = CreditId,
            Timestamp = Timestamp,
            ExpiresAt = ExpiresAt,
        },
    ],
        NextCursor: null);

    public static SpendRequest NewSpend { get; } = new(120) { Reference = Order };

    public static ClockRequest ClockRequest { get; } = new(Noon);

    public static ClockReply ClockReply { get; } = new(Noon.AddSeconds(2));

    public static KeyRequest NewKey { get; } = new("shop-till", ["read", "spend"]) { Accounts = ["shop:*"], ExpiresAfter = "P90D" };

    public static Key Key { get; } = new("5f0c1d2e3b4a5968", "shop-till", ["read", "spend"], KeyStatus.Active, Noon)
    {
        Accounts = ["shop:*"],
        CreatedBy = "admin",
        ExpiresAt = Noon.AddDays(90),
    };

    public static Key CreatedKey { get; } = Key with { Secret = "pb_5f0c1d2e3b4a5968_…" };

    public static Key RevokedKey { get; } = Key with { Status = KeyStatus.Revoked, RevokedAt = Noon.AddDays(1), RevokedBy = "admin" };

    public static Page<Key> Keys { get; } = new([Key], null);

    public static ClassicSpendRequest NewClassicSpend { get; } = new(5000);

    public static IReadOnlyList<SpendLine> ClassicSpend { get; } = [new(Payer, -100), new("UNILEVER", -200), new("MILLER COORS", -4700)];

    public static OrderedDictionary<string, long> ClassicBalance { get; } = new() { [Payer] = 1000, ["UNILEVER"] = 0, ["MILLER COORS"] = 5300 };

    public static Spend Spend { get; } = new()
    {
        Id = SpendId,
        Account = Account,
        Points = 120,
        Status = SpendStatus.Final,
        RecordedAt = Noon.AddSeconds(1),
        Reference = Order,
        Allocations = [new Allocation(Payer, 120)],
        Draws = [new Draw(CreditId, Payer, Timestamp, 120)],
        LinesCount = 1,
    };

    public static SpendPreview Preview { get; } = new(Account, 120, Noon, Spend.Allocations, Spend.Draws, Spend.LinesCount);

    public static NoteRequest Note { get; } = new() { Reference = Order, Reason = "The order was cancelled." };

    public static Capture Capture { get; } = new()
    {
        Id = "0000000000000011",
        Account = Account,
        SpendId = SpendId,
        Points = 120,
        RecordedAt = Noon.AddMinutes(2),
        Reference = Order,
    };

    public static Reversal Reversal { get; } = new()
    {
        Id = "0000000000000011",
        Account = Account,
        SpendId = SpendId,
        Points = 120,
        RecordedAt = Noon.AddMinutes(2),
        Reference = Order,
        Reason = "The order was cancelled.",
        Allocations = [new Allocation(Payer, 120)],
        Returns = [new ReturnedDraw(CreditId, Payer, Timestamp, 120, Expired: false)],
        LinesCount = 1,
    };

    public static Balance Balance { get; } = new(Account, 180, 0, [new PayerBalance(Payer, 180)], Noon.AddSeconds(2));

    public static EffectiveBalance EffectiveBalance { get; } =
        new(Account, Midnight, Noon, EffectiveBalance.EffectiveBasis, [new PayerSum(Payer, 300)]);

    public static Page<Lot> Lots { get; } = new([new Lot(CreditId, Payer, Timestamp, 180, 0, 180) { ExpiresAt = ExpiresAt }], NextCursor: null);

    public static Page<AccountSummary> Accounts { get; } = new([new AccountSummary(Account, 180, 0)], Cursor);

    public static Page<PayerSummary> Payers { get; } = new([new PayerSummary(Payer, 1_000_180, 200, 0)], Cursor);

    public static Flush Flush { get; } = new(Account, 1, Noon.AddHours(1)) { Id = "0000000000000014" };

    public static Restore Restore { get; } = new("0000000000000015", Account, "0000000000000014", 1, Noon.AddHours(2));

    public static Erasure Erasure { get; } = new("0000000000000016", Account, "~erased-1", Noon.AddHours(3));

    public static Statement Statement { get; } = new()
    {
        Payer = Payer,
        From = new DateOnly(2026, 11, 1),
        To = new DateOnly(2026, 12, 1),
        Opening = 1000,
        Credited = 300,
        Deducted = 0,
        Spent = 120,
        Returned = 0,
        Expired = 0,
        Flushed = 0,
        Restored = 0,
        Closing = 1180,
        AddsUp = true,
        Late = new LateFlows(300, 0),
        Ageing = [new AgeingBand(0, 90, 1000), new AgeingBand(91, 180, 0), new AgeingBand(181, 365, 0), new AgeingBand(366, null, 180)],
        UnpaidDeductions = 0,
        Due = 0,
        Expiring30Days = 0,
        Expiring90Days = 0,
    };

    public static IReadOnlyList<BulkTransaction> ManyTransactions { get; } =
    [
        new(Account, Payer, 300, Timestamp) { IdempotencyKey = "line-1" },
        new("bob", "UNILEVER", -200, Timestamp) { IdempotencyKey = "line-2" },
    ];

    public static BulkReply ManyAdded { get; } = new(
        Accepted: 1, Replayed: 0, Refused: 1, [new BulkItem(0, BulkStatus.Accepted, Credit, null), new BulkItem(1, BulkStatus.Refused, null, TooFew)]);

    public static string TransactionLines { get; } = Lines(ManyTransactions, RequestJson.Default.BulkTransaction);

    public static string ImportLines { get; } = Lines([new BulkRefusedLine(2, TooFew)], ReplyJson.Default.BulkRefusedLine)
        + Lines([new BulkSummary(Accepted: 1, Replayed: 0, Refused: 1, LastLine: 2)], ReplyJson.Default.BulkSummary);

    public static JournalHeads Heads { get; } = new([new JournalPartition(0, 14, Seal, Noon)]);

    public static string JournalLines { get; } =
        Lines([Commit], ReplyJson.Default.JournalCommit) + Lines([Entry], ReplyJson.Default.JournalEntry);

    public static string JournalEvents { get; } =
        $"event: commit\ndata: {Lines([Commit], ReplyJson.Default.JournalCommit)}\n"
        + $"id: 14\nevent: entry\ndata: {Lines([Entry], ReplyJson.Default.JournalEntry)}\n";

    public static string StatementCsv { get; } = CsvReply.Text(StatementForm.ToColumns(Statement));

    private static Problem TooFew => new(
        ProblemTable.InsufficientPayerPoints.Type,
        ProblemTable.InsufficientPayerPoints.Title,
        ProblemTable.InsufficientPayerPoints.Status,
        "The payer has 0 points in this account, and the deduction needs 200. Nothing was written.",
        ProblemTable.InsufficientPayerPoints.Code,
        ProblemTable.InsufficientPayerPoints.Retry)
    {
        Member = "points",
        Available = 0,
        Requested = 200,
        Payer = "UNILEVER",
    };

    private static string Seal => new('c', 64);

    private static JournalCommit Commit => new(0, 14, 14, new Guid("6f9619ff-8b86-4d01-b42d-00c04fc964ff"), 2, Noon, Noon, new string('0', 64), Seal);

    private static JournalEntry Entry =>
        new(0, 14, TransactionKind.Credit, Account, Payer, 300, 300, Timestamp, 14, ExpiresAt, 14, Subject: null, Noon) { Reference = "receipt-77" };

    private static string Lines<T>(IEnumerable<T> values, JsonTypeInfo<T> typeInfo) =>
        string.Concat(values.Select(value => JsonSerializer.Serialize(value, typeInfo) + "\n"));
}
