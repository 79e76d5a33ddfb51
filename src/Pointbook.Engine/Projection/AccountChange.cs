using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Projection;

/// <summary>What many entries change in the rows of one account, each row once. Not thread-safe.</summary>
public sealed class AccountChange
{
    private readonly SortedDictionary<LotKey, LotChange> _lots = [];
    private readonly Dictionary<PayerName, PayerChange> _payers = [];
    private readonly List<KeyChange> _keys = [];
    private readonly List<EntryRun> _runs = [];

    internal AccountChange(AccountId account) => Account = account;

    /// <summary>Which account.</summary>
    public AccountId Account { get; }

    /// <summary>The last entry, at which the rows stand afterwards.</summary>
    public Sequence StandsAt { get; private set; }

    /// <summary>The last entry of the last flush; the account's entries up to it are archived. Null without a flush.</summary>
    public Sequence? ArchivedThrough { get; private set; }

    /// <summary>The lots that change, in their order.</summary>
    public IReadOnlyCollection<LotChange> Lots => _lots.Values;

    /// <summary>The lines that change.</summary>
    public IReadOnlyCollection<PayerChange> Payers => _payers.Values;

    /// <summary>The idempotency keys that were used.</summary>
    public IReadOnlyList<KeyChange> Keys => _keys;

    /// <summary>Where the entries stand in the journal.</summary>
    public IReadOnlyList<EntryRun> Runs => _runs;

    internal void Add(Entry entry, Instant recordedAt)
    {
        StandsAt = entry.Sequence;
        AddRun(entry);
        if (entry.Origin is { Key: { } key, KeyHash: { } hash })
        {
            _keys.Add(new KeyChange(key, new KeyRecord(hash, entry.Sequence), recordedAt));
        }

        if (!entry.LotPoints.IsZero)
        {
            AddLot(entry);
        }

        if (entry.Payer is not null)
        {
            AddPayer(entry, entry.Payer);
        }
    }

    private void AddRun(Entry entry)
    {
        // A run ends with a flush, because everything up to there is archived and what follows is not.
        bool continues = _runs.Count > 0
            && _runs[^1].Last.Next == entry.Sequence
            && (entry.Kind == EntryKind.Flush || _runs[^1].Last != ArchivedThrough);
        if (continues)
        {
            _runs[^1] = _runs[^1] with { Last = entry.Sequence };
        }
        else
        {
            _runs.Add(new EntryRun(entry.Sequence, entry.Sequence));
        }
    }

    private void AddLot(Entry entry)
    {
        LotKey key = new(entry.OccurredAt!.Value, entry.Lot!.Value);
        Points before = _lots.TryGetValue(key, out LotChange? change) ? change.Points : Points.Zero;
        _lots[key] = new LotChange(key, entry.Payer!, before + entry.LotPoints, entry.ExpiresAt);
    }

    private void AddPayer(Entry entry, PayerName payer)
    {
        if (entry.Kind == EntryKind.Flush)
        {
            // A flush takes all of a payer's points in several entries, so from the first one on nothing is left of its line.
            _payers[payer] = new PayerChange(payer) { ReplacesRow = true };
            ArchivedThrough = entry.Sequence;
            return;
        }

        PayerChange before = _payers.GetValueOrDefault(payer) ?? new PayerChange(payer);
        _payers[payer] = before with
        {
            FirstSequence = before.FirstSequence ?? entry.Sequence,
            Points = before.Points + entry.Points,
            // The difference first: next to 2^63 the sum of what is outstanding and a credit does not fit.
            Outstanding = before.Outstanding + (entry.LotPoints - entry.Points),
        };
    }
}

/// <summary>The net change of one lot.</summary>
/// <param name="Key">Which lot.</param>
/// <param name="Payer">Who funds it.</param>
/// <param name="Points">By how much what is left changes; the row is there exactly while something is left.</param>
/// <param name="ExpiresAt">When it expires, or null.</param>
public sealed record LotChange(LotKey Key, PayerName Payer, Points Points, Instant? ExpiresAt);

/// <summary>The net change of one payer's line.</summary>
/// <param name="Payer">Whose line.</param>
public sealed record PayerChange(PayerName Payer)
{
    /// <summary>Whether the row there is, if any, was flushed away before this change.</summary>
    public bool ReplacesRow { get; init; }

    /// <summary>The first entry in this change that gives the payer a line; null if there is none after a flush.</summary>
    public Sequence? FirstSequence { get; init; }

    /// <summary>By how much the balance changes.</summary>
    public Points Points { get; init; }

    /// <summary>By how much the outstanding deductions change.</summary>
    public Points Outstanding { get; init; }
}

/// <summary>An idempotency key that was used.</summary>
/// <param name="Key">The key.</param>
/// <param name="Record">What it was used for.</param>
/// <param name="RecordedAt">When.</param>
public sealed record KeyChange(IdempotencyKey Key, KeyRecord Record, Instant RecordedAt);

/// <summary>Entries of one account that stand next to each other in the journal.</summary>
/// <param name="First">The first one.</param>
/// <param name="Last">The last one.</param>
public readonly record struct EntryRun(Sequence First, Sequence Last);
