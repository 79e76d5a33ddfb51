using Microsoft.Data.Sqlite;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads the journal over a connection of its own. Not thread-safe.</summary>
internal sealed class JournalReader : ReadConnection
{
    private const string CommitColumns = "last_sequence, first_sequence, commit_id, format, decided_at, recorded_at, previous_seal, seal";

    private const string EntryColumns =
        "sequence, kind, account, payer, points, lot_points, occurred_at, lot, expires_at, operation, "
        + "subject, idempotency_key, key_hash, reference, reason, actor";

    private readonly Statement _head;
    private readonly Statement _commits;
    private readonly Statement _commitOf;
    private readonly Statement _seal;
    private readonly Statement _entries;

    public JournalReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
        : base(path, busyTimeout, mode)
    {
        _head = new Statement(Connection, $"SELECT {CommitColumns} FROM journal_commit ORDER BY last_sequence DESC LIMIT 1");
        _commits = new Statement(Connection, $"SELECT {CommitColumns} FROM journal_commit WHERE last_sequence > ?1 ORDER BY last_sequence LIMIT ?2");
        _commitOf = new Statement(Connection, $"SELECT {CommitColumns} FROM journal_commit WHERE last_sequence >= ?1 ORDER BY last_sequence LIMIT 1");
        _seal = new Statement(Connection, "SELECT seal FROM journal_commit WHERE last_sequence = ?1");
        _entries = new Statement(Connection, $"SELECT {EntryColumns} FROM journal_entry WHERE sequence BETWEEN ?1 AND ?2 ORDER BY sequence");
    }

    public JournalHead ReadHead()
    {
        if (!_head.Step())
        {
            return JournalHead.Empty;
        }

        JournalHead head = new(new Sequence(_head.Int64(0)), _head.DigestAt(7), ToTime(_head));
        _head.Reset();
        return head;
    }

    /// <summary>Reads the next few commits without their entries, and the places they claim for them.</summary>
    public List<(Commit Commit, Sequence First, Sequence Last)> ReadCommits(Sequence after, int countMax)
    {
        List<(Commit Commit, Sequence First, Sequence Last)> rows = [];
        _commits.Bind(1, after.Value).Bind(2, countMax);
        while (_commits.Step())
        {
            rows.Add((ToCommit(_commits), new Sequence(_commits.Int64(1)), new Sequence(_commits.Int64(0))));
        }

        return rows;
    }

    /// <summary>Reads the entries of a commit.</summary>
    /// <exception cref="FormatException">Not all of them are there.</exception>
    public List<Entry> ReadEntries(Sequence first, Sequence last)
    {
        List<Entry> entries = [];
        ReadEntries(new EntryRange(first, last), entries);

        // Both ends, because nothing else holds the places in the commit's row against its entries.
        bool isWhole = entries.Count > 0 && entries[0].Sequence == first && entries[^1].Sequence == last;
        return isWhole ? entries : throw new FormatException($"The commit of entries {first} to {last} does not have these entries.");
    }

    /// <summary>Reads the entries of a range that are there.</summary>
    public void ReadEntries(EntryRange range, List<Entry> entries)
    {
        _entries.Bind(1, range.First.Value).Bind(2, range.Last.Value);
        while (_entries.Step())
        {
            entries.Add(ToEntry(_entries));
        }
    }

    public Digest? ReadSeal(Sequence last)
    {
        if (!_seal.Bind(1, last.Value).Step())
        {
            return last == Sequence.Zero ? default(Digest) : null;
        }

        Digest seal = _seal.DigestAt(0);
        _seal.Reset();
        return seal;
    }

    public Guid? ReadCommitId(Sequence entry)
    {
        if (entry == Sequence.Zero || !_commitOf.Bind(1, entry.Value).Step())
        {
            return null;
        }

        Guid id = new(_commitOf.Bytes(2), bigEndian: true);
        _commitOf.Reset();
        return id;
    }

    protected override void DisposeStatements()
    {
        foreach (Statement statement in new[] { _head, _commits, _commitOf, _seal, _entries })
        {
            statement.Dispose();
        }
    }

    private static Commit ToCommit(Statement row) => new()
    {
        Id = new Guid(row.Bytes(2), bigEndian: true),
        Partition = 0,
        Format = checked((int)row.Int64(3)),
        DecidedAt = ToTime(row).DecidedAt,
        RecordedAt = ToTime(row).RecordedAt,
        PreviousSeal = row.DigestAt(6),
        Seal = row.DigestAt(7),
        Entries = [],
    };

    private static CommitTime ToTime(Statement row) =>
        new(Instant.FromUnixMicroseconds(row.Int64(4)), Instant.FromUnixMicroseconds(row.Int64(5)));

    private static Entry ToEntry(Statement row) => new()
    {
        Sequence = new Sequence(row.Int64(0)),
        Kind = EntryKindNames.Parse(row.Text(1)),
        Account = AccountId.FromTrusted(row.Text(2)),
        Payer = row.OptionalText(3) is { } payer ? PayerName.FromTrusted(payer) : null,
        Points = new Points(row.Int64(4)),
        LotPoints = new Points(row.Int64(5)),
        OccurredAt = ToInstant(row.OptionalInt64(6)),
        Lot = ToSequence(row.OptionalInt64(7)),
        ExpiresAt = ToInstant(row.OptionalInt64(8)),
        Operation = new Sequence(row.Int64(9)),
        Subject = ToSequence(row.OptionalInt64(10)),
        Origin = ToOrigin(row),
    };

    private static Origin? ToOrigin(Statement row)
    {
        Origin origin = new()
        {
            Key = row.OptionalText(11) is { } key ? IdempotencyKey.FromTrusted(key) : null,
            KeyHash = row.IsNull(12) ? null : row.DigestAt(12),
            Reference = row.OptionalText(13),
            Reason = row.OptionalText(14),
            Actor = row.OptionalText(15),
        };
        return origin == new Origin() ? null : origin;
    }

    private static Instant? ToInstant(long? microseconds) => microseconds is null ? null : Instant.FromUnixMicroseconds(microseconds.Value);

    private static Sequence? ToSequence(long? value) => value is null ? null : new Sequence(value.Value);
}
