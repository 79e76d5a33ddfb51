using System.Runtime.CompilerServices;
using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads chunks of accounts. A missing or altered chunk is damage of its account.</summary>
internal sealed class ChunkReader(NpgsqlConnection connection, int partition)
{
    /// <summary>Accounts that need at most this many chunks are read together. Each of the others is read alone, after them.</summary>
    public const int FewChunks = 4;

    // The limit keeps the planner from choosing a join. While it estimates the table as small, a join would read it whole.
    public const string Sql =
        """
        SELECT wanted.account, wanted.chunk, stored.body
        FROM unnest($1::text[], $2::bigint[]) AS wanted (account, chunk)
        CROSS JOIN LATERAL (
            SELECT body
            FROM account_chunk
            WHERE account_chunk.partition = $3 AND account_chunk.account = wanted.account AND account_chunk.chunk = wanted.chunk
            LIMIT 1
        ) AS stored
        """;

    /// <summary>Reads the chunks that accounts need, all with one statement, and gives them to the accounts.</summary>
    public async Task ProvideAsync(IEnumerable<ChunkNeed> needs, CancellationToken cancellationToken)
    {
        Dictionary<string, (ReadAccount Account, HashSet<long> Missing)> wanted = needs
            .Where(need => need.Chunks.Count > 0)
            .ToDictionary(need => need.Account.Account.Value, need => (need.Account, need.Chunks.ToHashSet()), StringComparer.Ordinal);
        if (wanted.Count == 0)
        {
            return;
        }

        NpgsqlCommand command = new(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters
                .AddTexts([.. wanted.SelectMany(account => Enumerable.Repeat(account.Key, account.Value.Missing.Count))])
                .AddBigints([.. wanted.SelectMany(account => account.Value.Missing)])
                .AddInt(partition);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    (ReadAccount account, HashSet<long> missing) = wanted[row.GetString(0)];
                    long chunk = row.GetInt64(1);
                    missing.Remove(chunk);
                    account.Try(stored => stored.Provide(chunk, row.GetFieldValue<byte[]>(2)));
                }
            }
        }

        foreach ((ReadAccount account, HashSet<long> missing) in wanted.Values.Where(account => account.Missing.Count > 0))
        {
            account.Fail(new InvalidRowException($"chunk {missing.Min()} is missing"));
        }
    }

    /// <summary>Reads the chunks that accounts need. Returns the accounts that need few of them first, and the others one by one.</summary>
    /// <returns>The accounts, those with the fewest chunks and lots first. Each contains the damage that was found in it.</returns>
    public async IAsyncEnumerable<ReadAccount> ProvideEachAsync(
        IEnumerable<ChunkNeed> needs, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<ChunkNeed> ordered = [.. needs.OrderBy(need => need.Chunks.Count).ThenBy(need => need.Account.Try(stored => stored.LotCount, 0))];
        await ProvideAsync(ordered.TakeWhile(need => need.Chunks.Count <= FewChunks), cancellationToken).ConfigureAwait(false);
        foreach (ChunkNeed need in ordered)
        {
            if (need.Chunks.Count > FewChunks)
            {
                await ProvideAsync([need], cancellationToken).ConfigureAwait(false);
            }

            yield return need.Account;
        }
    }
}

/// <summary>The chunks that an account needs.</summary>
/// <param name="Account">The account.</param>
/// <param name="Chunks">Their numbers, each once.</param>
internal sealed record ChunkNeed(ReadAccount Account, IReadOnlyList<long> Chunks)
{
    /// <summary>The chunks that an account needs, or none if it is damaged.</summary>
    public static ChunkNeed Of(ReadAccount account, Func<StoredAccount, IReadOnlyList<long>> find) => new(account, account.Try(find, []));
}
