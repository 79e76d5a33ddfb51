using System.Data;
using Npgsql;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Lists the sums of payers over all accounts of a partition, as of one moment.</summary>
internal sealed class PayerReader(NpgsqlConnection connection, int partition)
{
    public const string ListSql =
        """
        SELECT payer, points::text, outstanding::text
        FROM payer_total
        WHERE partition = $1 AND payer > $2 AND ($3::text IS NULL OR payer = $3)
        ORDER BY payer
        LIMIT $4
        """;

    private const int AccountsPerQuery = 256;

    public async ValueTask<IReadOnlyList<PayerTotal>> ListAsync(PayerQuery query, CancellationToken cancellationToken)
    {
        NpgsqlTransaction snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            List<PayerTotal> totals = await ReadTotalsAsync(query, cancellationToken).ConfigureAwait(false);
            Dictionary<PayerName, Int128> due = totals.ToDictionary(total => total.Payer, _ => Int128.Zero);
            if (due.Count > 0)
            {
                await AddDueAsync(due, query.Now, cancellationToken).ConfigureAwait(false);
            }

            return [.. totals.Select(total => total with { Due = due[total.Payer] })];
        }
    }

    private async Task<List<PayerTotal>> ReadTotalsAsync(PayerQuery query, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(ListReader.SettingsSql);
            batch.Add(ListSql)
                .AddInt(partition).AddText(query.After?.Value ?? string.Empty).AddText(query.Only?.Value).AddInt(query.CountMax);
            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
                List<PayerTotal> totals = [];
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    totals.Add(new PayerTotal(Columns.PayerAt(row, 0), PostgresSum.Read(row, 1), PostgresSum.Read(row, 2), Due: 0));
                }

                return totals;
            }
        }
    }

    /// <summary>Adds expired points. Rounds pass over the rows of damaged accounts, so what is left in their lots is unknown.</summary>
    private async Task AddDueAsync(Dictionary<PayerName, Int128> due, Instant now, CancellationToken cancellationToken)
    {
        ChunkReader chunks = new(connection, partition);
        TimedAccounts accounts = new(connection, partition, TimedAccounts.DueSql, now.UnixMicroseconds);
        while (!accounts.IsAtEnd)
        {
            IReadOnlyList<ReadAccount> some = await accounts.ReadAsync(AccountsPerQuery, cancellationToken).ConfigureAwait(false);
            IEnumerable<ChunkNeed> needs = some.Select(account => ChunkNeed.Of(account, stored => stored.ChunksForExpiredLots(now)));
            await foreach (ReadAccount account in chunks.ProvideEachAsync(needs, cancellationToken).ConfigureAwait(false))
            {
                foreach (LotSnapshot lot in account.Try(stored => [.. stored.ExpiredLots(now)], Array.Empty<LotSnapshot>()))
                {
                    if (due.TryGetValue(lot.Payer, out Int128 sum))
                    {
                        due[lot.Payer] = sum + lot.Remaining.Value;
                    }
                }
            }
        }
    }
}
