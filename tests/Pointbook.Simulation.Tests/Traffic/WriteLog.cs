using System.Collections.Concurrent;
using System.Globalization;

namespace Pointbook.Simulation.Tests.Traffic;

/// <summary>All writes that clients ever sent. Thread-safe.</summary>
/// <param name="hot">The accounts that get half of the writes.</param>
/// <param name="coldAccounts">The number of other accounts.</param>
internal sealed class WriteLog(IReadOnlyList<string> hot, int coldAccounts)
{
    /// <summary>The account of the classic routes, which is a hot one.</summary>
    public const string ClassicAccount = "default";

    private const string ErasablePrefix = "erasable-";
    private const int ErasableAccounts = 40;
    private const long FirstTime = 1_600_000_000_000_000;
    private const long LateBy = 50_000_000_000_000;
    private static readonly string[] Payers = ["DANNON", "UNILEVER", "MILLER COORS", "Größe 日本 \"1\""];
    private readonly ConcurrentQueue<Write> _writes = [];
    private readonly ConcurrentQueue<Write> _toRepeat = [];
    private readonly ConcurrentQueue<Write> _doneWithKey = [];
    private long _serial;
    private long _spends;

    /// <summary>Three hot accounts and many cold ones.</summary>
    public WriteLog()
        : this([ClassicAccount, "hot-1", "hot-2"], coldAccounts: 1_500)
    {
    }

    public IReadOnlyCollection<Write> Writes => _writes;

    /// <summary>Whether clients also use accounts that they flush and erase.</summary>
    public bool HasErasable { get; init; }

    /// <summary>Whether the account of the classic routes is among the accounts.</summary>
    public bool HasClassic => hot.Contains(ClassicAccount);

    /// <summary>Takes a write with a key that got no answer, so that the caller sends it again.</summary>
    public bool TryTakeUnanswered(out Write? write) => _toRepeat.TryDequeue(out write);

    /// <summary>Takes a write with a key that is done, so that the caller sends it again nevertheless.</summary>
    public bool TryTakeCompleted(out Write? write) => _doneWithKey.TryDequeue(out write);

    /// <summary>Puts a write with a key back, so that another client may send it again.</summary>
    public void ReturnForRepeat(Write write)
    {
        if (write.Key is not null && !write.IsOnce && write.State != WriteState.Refused)
        {
            (write.State == WriteState.Done ? _doneWithKey : _toRepeat).Enqueue(write);
        }
    }

    /// <summary>A credit or a deduction. One in five has a much earlier timestamp.</summary>
    public Write NewTransaction(Random random)
    {
        long serial = Interlocked.Increment(ref _serial);
        bool isDeduction = random.Next(5) == 0;
        return Log(new Write
        {
            Kind = WriteKind.Add,
            Account = Account(random),
            Payer = Payers[random.Next(Payers.Length)],
            Points = isDeduction ? -random.Next(1, 5_000) : random.Next(1, 40_000),
            OccurredAt = FirstTime + serial - (random.Next(5) == 0 ? LateBy : 0),
            Key = Key(random, serial),
        });
    }

    /// <summary>A spend of about as many points as a credit has.</summary>
    public Write NewSpend(Random random) => Log(new Write
    {
        Kind = WriteKind.Spend,
        Account = Account(random),
        Points = SpreadTime(Interlocked.Increment(ref _spends)),
        Key = Key(random, Interlocked.Increment(ref _serial)),
    });

    /// <summary>A flush of the classic account, the only account that clients flush.</summary>
    public Write NewFlush(Random random) => Log(new Write
    {
        Kind = WriteKind.Flush,
        Account = ClassicAccount,
        Key = Key(random, Interlocked.Increment(ref _serial)),
    });

    /// <summary>Whether clients erase an account.</summary>
    public static bool IsErasable(string account) => account.StartsWith(ErasablePrefix, StringComparison.Ordinal);

    /// <summary>A write to an account that clients erase: a credit, a spend, a flush or an erasure.</summary>
    public Write NewOnErasable(Random random)
    {
        long serial = Interlocked.Increment(ref _serial);
        string account = string.Create(CultureInfo.InvariantCulture, $"{ErasablePrefix}{random.Next(ErasableAccounts):00}@example.com");
        WriteKind kind = random.Next(10) switch { < 4 => WriteKind.Add, 4 => WriteKind.Spend, < 7 => WriteKind.Flush, _ => WriteKind.Erase };
        return Log(new Write
        {
            Kind = kind,
            Account = account,
            Payer = kind == WriteKind.Add ? Payers[random.Next(Payers.Length)] : null,
            Points = kind switch { WriteKind.Add => random.Next(1, 40_000), WriteKind.Spend => SpreadTime(Interlocked.Increment(ref _spends)), _ => 0 },
            OccurredAt = kind == WriteKind.Add ? FirstTime + serial : 0,
            Reference = kind is WriteKind.Add or WriteKind.Erase ? string.Create(CultureInfo.InvariantCulture, $"{serial} of {(kind == WriteKind.Add ? account : "a holder")}") : null,
            // A flush without a key writes nothing to an empty account.
            Key = kind == WriteKind.Flush || random.Next(2) == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{account}-{serial}"),
            IsOnce = true,
        });
    }

    /// <summary>An account: a hot one in half of the cases.</summary>
    public string Account(Random random) =>
        random.Next(2) == 0 ? hot[random.Next(hot.Count)] : $"cold:{random.Next(coldAccounts):0000}";

    /// <summary>Turns 1, 2, 3 … into numbers that look random, and never gives a number twice.</summary>
    private static long SpreadTime(long serial)
    {
        const long Prime = 30_011;
        return 1 + (serial * 7_919 % Prime) + (serial / Prime * Prime);
    }

    private static string? Key(Random random, long serial) =>
        random.Next(2) == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"key-{serial}");

    private Write Log(Write write)
    {
        _writes.Enqueue(write);
        return write;
    }
}
