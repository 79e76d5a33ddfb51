using System.Globalization;
using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;

namespace Pointbook.Storage.Postgres.Tests.Support;

/// <summary>Reads all tables of the only partition's projection as they stand in the database.</summary>
internal static class ProjectionReader
{
    public static async Task<ProjectionTables> ReadAsync(IProjection projection, Sql sql, string prefix)
    {
        List<StoredAccount> accounts = await sql.QueryAsync(
            "SELECT account, stands_at, next_due, oldest_key, snapshot FROM account WHERE partition = 0 AND starts_with(account, $1) ORDER BY account",
            row => StoredAccount.Read(
                Account(row),
                new StoredRow(new Sequence(row.GetInt64(1)), OptionalNumber(row, 2), OptionalNumber(row, 3), row.GetFieldValue<byte[]>(4))),
            prefix);
        foreach (StoredAccount account in accounts)
        {
            await ProvideAsync(sql, account);
        }

        ILookup<AccountId, OperationRow> operations = await ReadOperationsAsync(sql, prefix);
        return new ProjectionTables(
            await projection.ReadPositionAsync(CancellationToken.None),
            [
                .. accounts.Select(account => new AccountTables(
                    account.ToSnapshot(), [.. operations[account.Account]], account.SubjectEnds(), account.KeyRecords())),
            ],
            new PayerTables(await ReadTotalsAsync(sql, prefix), await ReadFlowsAsync(sql, prefix), await ReadStocksAsync(sql, prefix)));
    }

    /// <summary>Reads all chunks of an account.</summary>
    private static async Task ProvideAsync(Sql sql, StoredAccount account)
    {
        HashSet<long> needed = [.. account.ChunksForSnapshot(), .. account.ChunksOfUses()];
        if (needed.Count == 0)
        {
            return;
        }

        List<(long Chunk, byte[] Body)> chunks = await sql.QueryAsync(
            "SELECT chunk, body FROM account_chunk WHERE partition = 0 AND account = $1",
            row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)),
            account.Account.Value);

        // No chunk is left over that the snapshot does not know.
        Assert.Equal(needed.Order(), chunks.Select(chunk => chunk.Chunk).Order());
        foreach ((long chunk, byte[] body) in chunks)
        {
            account.Provide(chunk, body);
        }
    }

    private static async Task<ILookup<AccountId, OperationRow>> ReadOperationsAsync(Sql sql, string prefix)
    {
        List<(AccountId Account, OperationRow Operation)> operations = await sql.QueryAsync(
            """
            SELECT account, first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, pieces, decided_at
            FROM operation
            WHERE partition = 0 AND starts_with(account, $1)
            ORDER BY account, first_sequence
            """,
            row => (
                Account(row),
                new OperationRow(
                    new Sequence(row.GetInt64(1)),
                    new Sequence(row.GetInt64(2)),
                    Kind(row, 3),
                    new CommitTime(PostgresTime.Read(row, 9), PostgresTime.Read(row, 4)),
                    new Points(row.GetInt64(5)),
                    OperationPayers.FromStored(row.GetFieldValue<byte[]>(6)),
                    OperationCheck.FromStored(row.GetFieldValue<byte[]>(7)),
                    row.IsDBNull(8) ? null : PieceChecks.FromStored(row.GetFieldValue<byte[]>(8)))),
            prefix);
        return operations.ToLookup(operation => operation.Account, operation => operation.Operation);
    }

    private static Task<List<PayerTotalChange>> ReadTotalsAsync(Sql sql, string prefix) => sql.QueryAsync(
        "SELECT payer, points::text, outstanding::text FROM payer_total WHERE partition = 0 AND starts_with(payer, $1)",
        row => new PayerTotalChange(PayerName.FromTrusted(row.GetString(0)), Number(row, 1), Number(row, 2)),
        prefix);

    private static Task<List<KeyValuePair<PayerFlow, Int128>>> ReadFlowsAsync(Sql sql, string prefix) => sql.QueryAsync(
        """
        SELECT payer, recorded_day, kind, nullif(occurred_day, 'infinity'), points::text
        FROM payer_flow
        WHERE partition = 0 AND starts_with(payer, $1)
        """,
        row => KeyValuePair.Create(
            new PayerFlow(PayerName.FromTrusted(row.GetString(0)), Day(row, 1)!.Value, Kind(row, 2), Day(row, 3)), Number(row, 4)),
        prefix);

    private static Task<List<KeyValuePair<PayerStock, Int128>>> ReadStocksAsync(Sql sql, string prefix) => sql.QueryAsync(
        """
        SELECT payer, recorded_day, occurred_day, nullif(expires_day, 'infinity'), lot_points::text
        FROM payer_stock
        WHERE partition = 0 AND starts_with(payer, $1)
        """,
        row => KeyValuePair.Create(
            new PayerStock(PayerName.FromTrusted(row.GetString(0)), Day(row, 1)!.Value, Day(row, 2)!.Value, Day(row, 3)), Number(row, 4)),
        prefix);

    private static AccountId Account(NpgsqlDataReader row) => AccountId.FromTrusted(row.GetString(0));

    private static EntryKind Kind(NpgsqlDataReader row, int column) => EntryKindNames.TryParse(row.GetString(column))!.Value;

    private static DateOnly? Day(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateOnly>(column);

    private static long? OptionalNumber(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private static Int128 Number(NpgsqlDataReader row, int column) => Int128.Parse(row.GetString(column), CultureInfo.InvariantCulture);
}
