using System.Collections.Concurrent;
using System.Globalization;

namespace Pointbook.Simulation.Tests.Traffic;

/// <summary>All that clients ever sent. Thread-safe.</summary>
/// <param name="hot">The accounts that every other write is about.</param>
/// <param name="coldAccounts">How many others there are.</param>
internal sealed class WriteLog(IReadOnlyList<string> hot, int coldAccounts)
{
    /// <summary>The account of the classic routes; it is among the hot ones.</summary>
    public const string ClassicAccount = "default";

    private const long FirstTime = 1_600_000_000_000_000;
    private const long LateBy = 50_000_000_000_000;
    private static readonly string[] Payers = ["DANNON", "UNILEVER", "MILLER COORS", "Größe 日本 \"1\""];
    private readonly ConcurrentQueue<Write> _writes = [];
    private readonly ConcurrentQueue<Write> _toRepeat = [];
    private readonly ConcurrentQueue<Write> _doneWithKey = [];
    private long _serial;
    private long _spends;

    /// <summary>Three accounts that are hot, and many more.</summary>
    public WriteLog()
        : this([ClassicAccount, "hot-1", "hot-2"], coldAccounts: 1_500)
    {
    }

    public IReadOnlyCollection<Write> Writes => _writes;

    /// <summary>Whether the account of the classic routes is among the accounts.</summary>
    public bool HasClassic => hot.Contains(ClassicAccount);

    /// <summary>Takes a write with a key that got no answer, to be sent again.</summary>
    public bool TryTakeUnanswered(out Write? write) => _toRepeat.TryDequeue(out write);

    /// <summary>Takes a write with a key that was done, to be sent again all the same.</summary>
    public bool TryTakeDone(out Write? write) => _doneWithKey.TryDequeue(out write);

    /// <summary>Puts a write with a key back for others to send again.</summary>
    public void GiveBack(Write write)
    {
        if (write.Key is not null && write.State != WriteState.Refused)
        {
            (write.State == WriteState.Done ? _doneWithKey : _toRepeat).Enqueue(write);
        }
    }

    /// <summary>A credit or a deduction. Every fifth happened long before.</summary>
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

    /// <summary>A spend, of about as many points as a credit brings.</summary>
    public Write NewSpend(Random random) => Log(new Write
    {
        Kind = WriteKind.Spend,
        Account = Account(random),
        Points = SpreadOut(Interlocked.Increment(ref _spends)),
        Key = Key(random, Interlocked.Increment(ref _serial)),
    });

    /// <summary>A flush; there is one for the classic account only.</summary>
    public Write NewFlush(Random random) => Log(new Write
    {
        Kind = WriteKind.Flush,
        Account = ClassicAccount,
        Key = Key(random, Interlocked.Increment(ref _serial)),
    });

    /// <summary>An account: every other time a hot one.</summary>
    public string Account(Random random) =>
        random.Next(2) == 0 ? hot[random.Next(hot.Count)] : $"cold:{random.Next(coldAccounts):0000}";

    /// <summary>Makes numbers that look random out of 1, 2, 3 …, and no number twice.</summary>
    private static long SpreadOut(long serial)
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
