using Npgsql;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;

namespace Pointbook.Storage.Postgres;

/// <summary>The operations of many accounts as columns. Used once.</summary>
internal sealed class OperationChanges(int partition)
{
    private const string AddOperationsSql =
        """
        INSERT INTO operation (account, partition, first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, pieces, decided_at)
        SELECT account, $7, first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, pieces, decided_at
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::bigint[], $8::bytea[], $9::bytea[], $10::bytea[], $11::timestamptz[])
            AS written (account, first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, pieces, decided_at)
        """;

    private readonly List<(string Account, OperationRow Operation)> _operations = [];

    public void Add(string account, IReadOnlyList<OperationRow> operations) =>
        _operations.AddRange(operations.Select(operation => (account, operation)));

    /// <summary>Adds the statement that writes them, if there are any.</summary>
    public void AddTo(NpgsqlBatch batch)
    {
        if (_operations.Count == 0)
        {
            return;
        }

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
    }
}
