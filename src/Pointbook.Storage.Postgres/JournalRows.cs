using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Turns rows of the journal into commits and entries.</summary>
internal static class JournalRows
{
    /// <summary>The columns of <see cref="ToCommit"/>.</summary>
    public const string CommitColumns = "partition, first_sequence, last_sequence, commit_id, format, decided_at, recorded_at, previous_seal, seal";

    /// <summary>The columns of <see cref="ToHead"/>.</summary>
    public const string HeadColumns = "first_sequence, last_sequence, commit_id, seal, decided_at, recorded_at";

    /// <summary>The columns of <see cref="ToEntry"/>.</summary>
    public const string EntryColumns =
        "sequence, kind, account, payer, points, lot_points, occurred_at, lot, expires_at, operation, "
        + "subject, idempotency_key, key_hash, reference, reason, actor";

    /// <summary>A commit without its entries, and the places it claims for them.</summary>
    /// <exception cref="JournalDamagedException">The row holds what nothing writes there.</exception>
    public static (Commit Commit, Sequence First, Sequence Last) ToCommit(NpgsqlDataReader row)
    {
        Sequence first = new(row.GetInt64(1));
        Sequence last = new(row.GetInt64(2));
        try
        {
            return (ReadCommit(row), first, last);
        }
        catch (InvalidRowException fault)
        {
            throw Failure.OfContent(row.GetInt32(0), fault, first, last, row.GetGuid(3));
        }
    }

    /// <summary>A commit as a head.</summary>
    /// <exception cref="JournalDamagedException">The row holds what nothing writes there.</exception>
    public static JournalHead ToHead(NpgsqlDataReader row, int partition)
    {
        Sequence last = new(row.GetInt64(1));
        try
        {
            return new JournalHead(last, ToDigest(row, 3), ToTime(row, 4));
        }
        catch (InvalidRowException fault)
        {
            throw Failure.OfContent(partition, fault, new Sequence(row.GetInt64(0)), last, row.GetGuid(2));
        }
    }

    /// <summary>An entry.</summary>
    /// <exception cref="JournalDamagedException">The row holds what nothing writes there.</exception>
    public static Entry ToEntry(NpgsqlDataReader row, int partition)
    {
        try
        {
            return ReadEntry(row);
        }
        catch (InvalidRowException fault)
        {
            Sequence sequence = new(row.GetInt64(0));
            throw Failure.OfContent(partition, fault, sequence, sequence, null);
        }
    }

    private static Commit ReadCommit(NpgsqlDataReader row) => new()
    {
        Partition = row.GetInt32(0),
        Id = row.GetGuid(3),
        Format = row.GetInt32(4),
        DecidedAt = PostgresTime.Read(row, 5),
        RecordedAt = PostgresTime.Read(row, 6),
        PreviousSeal = ToDigest(row, 7),
        Seal = ToDigest(row, 8),
        Entries = [],
    };

    private static Entry ReadEntry(NpgsqlDataReader row) => new()
    {
        Sequence = new Sequence(row.GetInt64(0)),
        Kind = Columns.KindAt(row, 1),
        Account = Columns.AccountAt(row, 2),
        Payer = row.IsDBNull(3) ? null : Columns.PayerAt(row, 3),
        Points = new Points(row.GetInt64(4)),
        LotPoints = new Points(row.GetInt64(5)),
        OccurredAt = PostgresTime.ReadOptional(row, 6),
        Lot = ToSequence(row, 7),
        ExpiresAt = PostgresTime.ReadOptional(row, 8),
        Operation = new Sequence(row.GetInt64(9)),
        Subject = ToSequence(row, 10),
        Origin = ToOrigin(row),
    };

    /// <summary>The times of a commit, which stand in two columns next to each other.</summary>
    public static CommitTime ToTime(NpgsqlDataReader row, int column) => new(PostgresTime.Read(row, column), PostgresTime.Read(row, column + 1));

    /// <exception cref="InvalidRowException">It does not have the length of a digest.</exception>
    public static Digest ToDigest(NpgsqlDataReader row, int column)
    {
        byte[] bytes = row.GetFieldValue<byte[]>(column);
        return bytes.Length == Digest.Length ? new Digest(bytes) : throw Columns.Invalid(row, column, $"{bytes.Length} bytes instead of a digest");
    }

    private static Origin? ToOrigin(NpgsqlDataReader row)
    {
        Origin origin = new()
        {
            Key = row.IsDBNull(11) ? null : Columns.KeyAt(row, 11),
            KeyHash = row.IsDBNull(12) ? null : ToDigest(row, 12),
            Reference = ToText(row, 13),
            Reason = ToText(row, 14),
            Actor = ToText(row, 15),
        };
        return origin == new Origin() ? null : origin;
    }

    public static string? ToText(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static Sequence? ToSequence(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : new Sequence(row.GetInt64(column));
}
