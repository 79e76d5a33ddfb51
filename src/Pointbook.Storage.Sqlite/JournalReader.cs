using Microsoft.Data.Sqlite;
using Pointbook.Engine;
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
        _seal = new Statement(Connection, $"SELECT {CommitColumns} FROM journal_commit WHERE last_sequence = ?1");
        _entries = new Statement(Connection, $"SELECT {EntryColumns} FROM journal_entry WHERE sequence BETWEEN ?1 AND ?2 ORDER BY sequence");
    }

    public JournalHead ReadHead()
    {
        if (!_head.Step())
        {
            return JournalHead.Empty;
        }

        JournalHead head = OfCommit(_head, static row => new JournalHead(new Sequence(row.Int64(0)), row.DigestAt(7), ToTime(row)));
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
            rows.Add((OfCommit(_commits, ToCommit), new Sequence(_commits.Int64(1)), new Sequence(_commits.Int64(0))));
        }

        return rows;
    }

    /// <summary>Reads the entries of a commit.</summary>
    /// <exception cref="JournalDamagedException">One of them is damaged, or not all of them are there.</exception>
    public List<Entry> ReadEntries(Guid commit, Sequence first, Sequence last)
    {
        List<Entry> entries = [];
        try
        {
            Read(new EntryRange(first, last), entries);
        }
        catch (InvalidRowException fault)
        {
            throw Damaged(fault, first, last, commit);
        }

        // Both ends, because nothing else holds the places in the commit's row against its entries.
        bool isWhole = entries.Count > 0 && entries[0].Sequence == first && entries[^1].Sequence == last;
        return isWhole ? entries : throw Damaged(new InvalidRowException("the commit does not have these entries"), first, last, commit);
    }

    /// <summary>Reads the entries of a range that are there.</summary>
    /// <exception cref="JournalDamagedException">One of them is damaged.</exception>
    public void ReadEntries(EntryRange range, List<Entry> entries)
    {
        try
        {
            Read(range, entries);
        }
        catch (InvalidRowException fault)
        {
            Sequence damaged = new(_entries.Int64(0));
            throw Damaged(fault, damaged, damaged, null);
        }
    }

    public Digest? ReadSeal(Sequence last)
    {
        if (!_seal.Bind(1, last.Value).Step())
        {
            return last == Sequence.Zero ? default(Digest) : null;
        }

        Digest seal = OfCommit(_seal, static row => row.DigestAt(7));
        _seal.Reset();
        return seal;
    }

    public Guid? ReadCommitId(Sequence entry)
    {
        if (entry == Sequence.Zero || !_commitOf.Bind(1, entry.Value).Step())
        {
            return null;
        }

        Guid id = OfCommit(_commitOf, static row => row.GuidAt(2));
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

    /// <summary>Reads a row of a commit; a value in it that nothing writes there is damage to this commit.</summary>
    private static T OfCommit<T>(Statement row, Func<Statement, T> read)
    {
        try
        {
            return read(row);
        }
        catch (InvalidRowException fault)
        {
            Guid? commit = row.Bytes(2).Length == Statement.GuidLength ? row.GuidAt(2) : null;
            throw Damaged(fault, new Sequence(row.Int64(1)), new Sequence(row.Int64(0)), commit);
        }
    }

    private static JournalDamagedException Damaged(InvalidRowException fault, Sequence first, Sequence last, Guid? commit) =>
        new(0, $"The journal does not hold what was committed as entries {first} to {last}: {fault.Message}.", fault)
        {
            First = first,
            Last = last,
            Commit = commit,
        };

    private void Read(EntryRange range, List<Entry> entries)
    {
        _entries.Bind(1, range.First.Value).Bind(2, range.Last.Value);
        while (_entries.Step())
        {
            entries.Add(ToEntry(_entries));
        }
    }

    private static Commit ToCommit(Statement row) => new()
    {
        Id = row.GuidAt(2),
        Partition = 0,
        Format = row.Int32At(3),
        DecidedAt = ToTime(row).DecidedAt,
        RecordedAt = ToTime(row).RecordedAt,
        PreviousSeal = row.DigestAt(6),
        Seal = row.DigestAt(7),
        Entries = [],
    };

    private static CommitTime ToTime(Statement row) => new(row.InstantAt(4), row.InstantAt(5));

    private static Entry ToEntry(Statement row) => new()
    {
        Sequence = new Sequence(row.Int64(0)),
        Kind = row.KindAt(1),
        Account = row.AccountAt(2),
        Payer = row.IsNull(3) ? null : row.PayerAt(3),
        Points = new Points(row.Int64(4)),
        LotPoints = new Points(row.Int64(5)),
        OccurredAt = row.OptionalInstantAt(6),
        Lot = ToSequence(row.OptionalInt64(7)),
        ExpiresAt = row.OptionalInstantAt(8),
        Operation = new Sequence(row.Int64(9)),
        Subject = ToSequence(row.OptionalInt64(10)),
        Origin = ToOrigin(row),
    };

    private static Origin? ToOrigin(Statement row)
    {
        Origin origin = new()
        {
            Key = row.IsNull(11) ? null : row.KeyAt(11),
            KeyHash = row.IsNull(12) ? null : row.DigestAt(12),
            Reference = row.OptionalText(13),
            Reason = row.OptionalText(14),
            Actor = row.OptionalText(15),
        };
        return origin == new Origin() ? null : origin;
    }

    private static Sequence? ToSequence(long? value) => value is null ? null : new Sequence(value.Value);
}
