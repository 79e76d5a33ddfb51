using System.Globalization;
using Npgsql;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Writes one round over one connection, in transactions of its own. Used once.</summary>
internal sealed class RoundWriter(NpgsqlConnection connection, int partition, ProjectionRound round)
{
    private long _resets;

    /// <summary>Says how far the rows may be ahead of the position from now on, so that a round that is cut short can be told apart later.</summary>
    /// <returns>False if the position is not where the round begins.</returns>
    public async ValueTask<bool> TryBeginAsync(CancellationToken cancellationToken)
    {
        // A longer round that was cut short from here has a target of its own, which stays.
        NpgsqlCommand command = new(
            """
            UPDATE projection_position
            SET target_sequence = greatest(target_sequence, $3),
                target_seal = CASE WHEN target_sequence <= $3 THEN $4 ELSE target_seal END
            WHERE partition = $1 AND last_sequence = $2
            RETURNING resets
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddSequence(round.After).AddSequence(round.End.Last).AddDigest(round.End.Seal);
            object? resets = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            _resets = resets as long? ?? 0;
            return resets is not null;
        }
    }

    /// <summary>Writes what the rows of some accounts do not contain yet.</summary>
    /// <returns>False if the position has moved since the round began.</returns>
    /// <exception cref="ProjectionDamagedException">The rows are not what the entries before have left.</exception>
    public async ValueTask<bool> TryWriteAsync(IReadOnlyList<AccountEntries> accounts, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            Dictionary<string, Sequence>? standsAt = await ReadStandsAtAsync(accounts, cancellationToken).ConfigureAwait(false);
            if (standsAt is null)
            {
                return false;
            }

            ChangeSet changes = new(partition);
            foreach (AccountEntries entries in accounts)
            {
                Sequence? contained = standsAt.TryGetValue(entries.Account.Value, out Sequence known) ? known : null;
                if (entries.ChangeSince(contained ?? Sequence.Zero) is { } change)
                {
                    changes.Add(change, contained);
                }
            }

            await changes.WriteAsync(connection, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>Moves the position to the end of the round, together with the sums over accounts.</summary>
    /// <returns>False if the position has moved since the round began.</returns>
    public async ValueTask<bool> TryEndAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(
            """
            WITH moved AS (
                UPDATE projection_position SET last_sequence = $3, seal = $4
                WHERE partition = $1 AND last_sequence = $2 AND resets = $5
                RETURNING 1
            ), summed AS (
                INSERT INTO payer_total (partition, payer, points, outstanding)
                SELECT $1, change.payer, change.points::numeric, change.outstanding::numeric
                FROM unnest($6::text[], $7::text[], $8::text[]) AS change (payer, points, outstanding)
                WHERE EXISTS (SELECT FROM moved)
                ON CONFLICT (partition, payer) DO UPDATE
                SET points = payer_total.points + excluded.points, outstanding = payer_total.outstanding + excluded.outstanding
            )
            SELECT EXISTS (SELECT FROM moved)
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters
                .AddInt(partition).AddSequence(round.After).AddSequence(round.End.Last).AddDigest(round.End.Seal).AddBigint(_resets)
                .AddTexts([.. round.Totals.Select(total => total.Payer.Value)])
                .AddTexts([.. round.Totals.Select(total => total.Points.ToString(CultureInfo.InvariantCulture))])
                .AddTexts([.. round.Totals.Select(total => total.Outstanding.ToString(CultureInfo.InvariantCulture))]);
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }

    /// <summary>Locks the position and reads which entries the accounts' rows contain.</summary>
    /// <returns>Null if the position has moved since the round began.</returns>
    private async ValueTask<Dictionary<string, Sequence>?> ReadStandsAtAsync(IReadOnlyList<AccountEntries> accounts, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add("SELECT 1 FROM projection_position WHERE partition = $1 AND last_sequence = $2 AND resets = $3 FOR UPDATE")
                .AddInt(partition).AddSequence(round.After).AddBigint(_resets);
            batch.Add("SELECT account, stands_at FROM account WHERE account = ANY ($1) AND partition = $2")
                .AddTexts([.. accounts.Select(entries => entries.Account.Value)]).AddInt(partition);
            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    return null;
                }

                Dictionary<string, Sequence> standsAt = new(accounts.Count, StringComparer.Ordinal);
                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    standsAt.Add(row.GetString(0), new Sequence(row.GetInt64(1)));
                }

                return standsAt;
            }
        }
    }
}
