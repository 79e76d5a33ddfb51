using System.Data.Common;
using System.Globalization;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Adds the journal of a partition up from its raw rows, without any code of the ledger, and checks that the books are in order.</summary>
internal sealed class Auditor(RawDatabase journal, int partition = 0)
{
    private readonly Dictionary<string, AuditedAccount> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Account, string Key), Operation> _keys = [];
    private readonly Dictionary<long, Operation> _operations = [];

    public int Partition => partition;

    /// <summary>The last entry there is.</summary>
    public long Last { get; private set; }

    /// <summary>The seal of the last commit.</summary>
    public byte[] Seal { get; private set; } = new byte[32];

    public long RecordedAt { get; private set; } = long.MinValue;

    public IReadOnlyDictionary<string, AuditedAccount> Accounts => _accounts;

    public IReadOnlyDictionary<(string Account, string Key), Operation> Keys => _keys;

    /// <summary>The operations by the sequence of their first entry.</summary>
    public IReadOnlyDictionary<long, Operation> Operations => _operations;

    /// <summary>Reads what the journal has got since the last time.</summary>
    /// <returns>The new operations.</returns>
    public IReadOnlyList<Operation> ReadOn()
    {
        (List<CommitRow> commits, List<JournalRow> entries) = ReadRows();
        int read = 0;
        List<Operation> operations = [];
        foreach (CommitRow commit in commits)
        {
            int count = checked((int)(commit.Last - commit.First + 1));
            Require(count > 0 && read + count <= entries.Count, $"The commit of entries {commit.First} to {commit.Last} lacks entries.");
            operations.AddRange(Add(commit, entries.GetRange(read, count)));
            read += count;
        }

        Require(read == entries.Count, $"There are {entries.Count - read} entries after the last commit.");
        return operations;
    }

    private (List<CommitRow> Commits, List<JournalRow> Entries) ReadRows()
    {
        using DbConnection connection = journal.Open();
        using DbTransaction snapshot = journal.BeginSnapshot(connection);
        List<CommitRow> commits = connection.Read(
            $"""
            SELECT first_sequence, last_sequence, {journal.Microseconds("decided_at")}, {journal.Microseconds("recorded_at")}, previous_seal, seal
            FROM journal_commit WHERE {journal.Partition} = {partition} AND last_sequence > {Last} ORDER BY last_sequence
            """,
            row => new CommitRow(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.Bytes(4), row.Bytes(5)));
        List<JournalRow> entries = connection.Read(
            $"""
            SELECT sequence, kind, account, payer, points, lot_points, {journal.Microseconds("occurred_at")}, lot,
                {journal.Microseconds("expires_at")}, operation, subject, idempotency_key, key_hash
            FROM journal_entry WHERE {journal.Partition} = {partition} AND sequence > {Last} ORDER BY sequence
            """,
            ToRow);
        return (commits, entries);
    }

    private List<Operation> Add(CommitRow commit, List<JournalRow> rows)
    {
        Require(commit.First == Last + 1, $"The commit after entry {Last} begins with entry {commit.First}.");
        Require(commit.RecordedAt > RecordedAt, $"The commit of entry {commit.First} is not later than the one before it.");
        Require(commit.RecordedAt >= commit.DecidedAt, $"The commit of entry {commit.First} is recorded before it was decided.");
        Require(commit.PreviousSeal.AsSpan().SequenceEqual(Seal), $"The commit of entry {commit.First} does not carry the seal of the one before it.");
        foreach (JournalRow row in rows)
        {
            Require(row.Sequence == Last + 1, $"Entry {row.Sequence} follows entry {Last}.");
            Last = row.Sequence;
        }

        (RecordedAt, Seal) = (commit.RecordedAt, commit.Seal);
        List<Operation> operations = [];
        for (int start = 0; start < rows.Count;)
        {
            int end = start + 1;
            while (end < rows.Count && rows[end].Operation == rows[start].Sequence)
            {
                end++;
            }

            operations.Add(Add(new Operation(partition, rows.GetRange(start, end - start), commit.DecidedAt, commit.RecordedAt)));
            start = end;
        }

        return operations;
    }

    private Operation Add(Operation operation)
    {
        JournalRow header = operation.Header;
        Require(operation.Rows.All(row => row.Operation == header.Sequence), $"The {header} is apart from its operation.");
        Require(operation.Rows.All(row => row.Account == header.Account), $"The operation of the {header} is about several accounts.");
        Require(header.Key is null || _keys.TryAdd((header.Account, header.Key), operation), $"The key of the {header} was used before.");
        if (!_accounts.TryGetValue(header.Account, out AuditedAccount? account))
        {
            account = new AuditedAccount(header.Account);
            _accounts.Add(header.Account, account);
        }

        account.Add(operation);
        _operations.Add(header.Sequence, operation);
        return operation;
    }

    private static JournalRow ToRow(DbDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.GetString(2),
        row.OptionalText(3),
        row.GetInt64(4),
        row.GetInt64(5),
        row.OptionalInt64(6),
        row.OptionalInt64(7),
        row.OptionalInt64(8),
        row.GetInt64(9),
        row.OptionalInt64(10),
        row.OptionalText(11),
        row.IsDBNull(12) ? null : row.Bytes(12));

    private static void Require(bool holds, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new AuditException(otherwise.ToString(CultureInfo.InvariantCulture));
        }
    }
}
