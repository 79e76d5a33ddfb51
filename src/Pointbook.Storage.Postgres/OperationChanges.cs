using Npgsql;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The operations of many accounts, and what they made of earlier ones, as columns. Used once.</summary>
internal sealed class OperationChanges(int partition)
{
    private const string AddOperationsSql =
        """
        INSERT INTO operation (account, partition, first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, pieces, decided_at)
        SELECT account, $7, first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, pieces, decided_at
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::bigint[], $8::bytea[], $9::bytea[], $10::bytea[], $11::timestamptz[])
            AS written (account, first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, pieces, decided_at)
        """;

    private const string WriteEndsSql =
        """
        INSERT INTO operation_end (account, partition, subject, kind, sequence)
        SELECT account, $5, subject, kind, sequence
        FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[]) AS ended (account, subject, kind, sequence)
        ON CONFLICT (partition, account, subject) DO UPDATE SET kind = excluded.kind, sequence = excluded.sequence
        """;

    private readonly List<(string Account, OperationRow Operation)> _operations = [];
    private readonly List<(string Account, Sequence Subject, SubjectEnd End)> _ends = [];

    public void Add(string account, AccountChange change)
    {
        _operations.AddRange(change.Operations.Select(operation => (account, operation)));
        _ends.AddRange(change.Ends.Select(end => (account, end.Key, end.Value)));
    }

    /// <summary>Adds the statements that write everything; none for what there is nothing of.</summary>
    public void AddTo(NpgsqlBatch batch)
    {
        batch.Add(AddOperationsSql)
            .AddTexts([.. _operations.Select(item => item.Account)])
            .AddBigints([.. _operations.Select(item => item.Operation.First.Value)])
            .AddBigints([.. _operations.Select(item => item.Operation.Last.Value)])
            .AddTexts([.. _operations.Select(item => EntryKindNames.ToText(item.Operation.Kind))])
            .AddTimes([.. _operations.Select(item => PostgresTime.From(item.Operation.RecordedAt))])
            .AddBigints([.. _operations.Select(item => item.Operation.Points.Value)])
            .AddInt(partition)
            .AddByteas([.. _operations.Select(item => item.Operation.Payers.Bytes.ToArray())])
            .AddByteas([.. _operations.Select(item => item.Operation.Check.ToArray())])
            .AddByteas([.. _operations.Select(item => item.Operation.Pieces?.Bytes.ToArray())])
            .AddTimes([.. _operations.Select(item => PostgresTime.From(item.Operation.Time.DecidedAt))]);
        if (_ends.Count > 0)
        {
            batch.Add(WriteEndsSql)
                .AddTexts([.. _ends.Select(item => item.Account)])
                .AddBigints([.. _ends.Select(item => item.Subject.Value)])
                .AddTexts([.. _ends.Select(item => EntryKindNames.ToText(item.End.Kind))])
                .AddBigints([.. _ends.Select(item => item.End.Operation.Value)])
                .AddInt(partition);
        }
    }
}
