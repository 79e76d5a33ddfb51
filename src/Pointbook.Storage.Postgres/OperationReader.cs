using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Lists operations of accounts, inside a transaction of the caller.</summary>
internal sealed class OperationReader(NpgsqlConnection connection, int partition)
{
    public const string OldestFirstSql = $"{ListSql} ASC LIMIT $5";
    public const string NewestFirstSql = $"{ListSql} DESC LIMIT $5";

    public const string FollowingSql =
        """
        SELECT first_sequence
        FROM operation
        WHERE partition = $1 AND opening = $2 AND first_sequence >= $3
        ORDER BY first_sequence
        LIMIT 1
        """;

    private const string ListSql =
        """
        SELECT first_sequence
        FROM operation
        WHERE partition = $1 AND opening = $2 AND first_sequence > $3 AND first_sequence < $4
        ORDER BY first_sequence
        """;

    /// <summary>Lists operations of an account.</summary>
    /// <param name="position">The position of the tables.</param>
    /// <param name="account">The account's own row.</param>
    /// <param name="query">The query that selects the operations.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async ValueTask<OperationPage> ListAsync(Sequence position, AccountRow account, OperationQuery query, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(query.OldestFirst ? OldestFirstSql : NewestFirstSql)
                .AddInt(partition)
                .AddSequence(account.Opening)
                .AddBigint(query.After?.Value ?? 0)
                .AddBigint(query.Before?.Value ?? long.MaxValue)
                .AddInt(query.CountMax);
            if (query.Before is { } before)
            {
                batch.Add(FollowingSql).AddInt(partition).AddSequence(account.Opening).AddSequence(before);
            }

            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                List<Sequence> operations = await ReadAsync(row, cancellationToken).ConfigureAwait(false);
                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
                List<Sequence> following = query.Before is null ? [] : await ReadAsync(row, cancellationToken).ConfigureAwait(false);
                return new OperationPage(position, account, operations, following.Count == 0 ? null : following[0]);
            }
        }
    }

    private static async ValueTask<List<Sequence>> ReadAsync(NpgsqlDataReader row, CancellationToken cancellationToken)
    {
        List<Sequence> operations = [];
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            operations.Add(new Sequence(row.GetInt64(0)));
        }

        return operations;
    }
}
