using Npgsql;
using Pointbook.Engine.Journal;

namespace Pointbook.Storage.Postgres;

/// <summary>Removes erasures of one partition from the list.</summary>
internal static class ErasureEnd
{
    private const string Sql =
        """
        DELETE FROM erasure
        USING unnest($2::bigint[], $3::bigint[]) AS finished (sequence, opening)
        WHERE erasure.partition = $1 AND erasure.sequence = finished.sequence AND erasure.opening = finished.opening
        """;

    /// <summary>Removes the erasures.</summary>
    /// <returns>The number of erasures that were on the list.</returns>
    public static async ValueTask<int> RunAsync(
        NpgsqlConnection connection, int partition, IReadOnlyList<AccountErasure> erasures, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition)
                .AddBigints([.. erasures.Select(erasure => erasure.Sequence.Value)])
                .AddBigints([.. erasures.Select(erasure => erasure.Opening.Value)]);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
