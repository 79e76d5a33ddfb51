using Npgsql;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Lists operations of accounts.</summary>
internal sealed class OperationReader(NpgsqlDataSource source, int partition)
{
    public const string OldestFirstSql = $"{ListSql} ASC LIMIT $5";
    public const string NewestFirstSql = $"{ListSql} DESC LIMIT $5";

    private const string ListSql =
        """
        SELECT first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, decided_at, CASE WHEN $6 THEN pieces END
        FROM operation
        WHERE account = $1 AND partition = $2 AND first_sequence > $3 AND first_sequence < $4
        AND NOT EXISTS (SELECT FROM damaged_account WHERE damaged_account.partition = $2 AND damaged_account.account = $1)
        ORDER BY first_sequence
        """;

    public ValueTask<IReadOnlyList<OperationRow>> ListAsync(OperationQuery query, CancellationToken cancellationToken) => ListReader.ReadAsync(
        source,
        query.OldestFirst ? OldestFirstSql : NewestFirstSql,
        parameters => parameters
            .AddText(query.Account.Value)
            .AddInt(partition)
            .AddBigint(query.After?.Value ?? 0)
            .AddBigint(query.Before?.Value ?? long.MaxValue)
            .AddInt(query.CountMax)
            .AddBoolean(query.WithPieces),
        ToOperation,
        cancellationToken);

    private static OperationRow ToOperation(NpgsqlDataReader row) => new(
        new Sequence(row.GetInt64(0)),
        new Sequence(row.GetInt64(1)),
        Columns.KindAt(row, 2),
        new CommitTime(PostgresTime.Read(row, 7), PostgresTime.Read(row, 3)),
        new Points(row.GetInt64(4)),
        OperationPayers.FromStored(row.GetFieldValue<byte[]>(5)),
        OperationCheck.FromStored(row.GetFieldValue<byte[]>(6)),
        row.IsDBNull(8) ? null : PieceChecks.FromStored(row.GetFieldValue<byte[]>(8)));
}
