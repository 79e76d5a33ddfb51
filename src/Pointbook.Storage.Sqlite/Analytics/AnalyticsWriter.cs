using Microsoft.Data.Sqlite;
using Pointbook.Engine.Analytics;
using Pointbook.Engine.Hosting;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite.Analytics;

/// <summary>The only connection that writes analytics tables. Not thread-safe.</summary>
internal sealed class AnalyticsWriter : IDisposable
{
    /// <summary>The number of rows that one transaction deletes from each table.</summary>
    internal const int PieceRows = 20_000;

    private static readonly (string Table, string Key)[] Tables =
    [
        ("entry", "partition, sequence"), ("operation", "partition, sequence"), ("lot", "partition, opening, sequence"),
        ("account_balance", "partition, opening, payer"), ("hold", "partition, opening, spend, payer"), ("account", "partition, opening"),
    ];

    private readonly SqliteConnection _connection;
    private readonly StatementSet _statements;
    private readonly LeftoverPurge _leftovers;
    private readonly RoundRows _rows;
    private readonly Statement _position;
    private readonly Statement _move;

    // Whether erased texts may still be in the file outside of rows, or in the write-ahead log.
    private bool _hasLeftovers;

    /// <summary>Opens the file and creates what is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="busyTimeout">How long to wait for another program's lock.</param>
    /// <param name="leftovers">Removes copies of erased texts outside of rows.</param>
    /// <param name="onCreated">Receives the reason if the tables were created.</param>
    /// <exception cref="StoreException">The file has other tables.</exception>
    public AnalyticsWriter(string path, TimeSpan busyTimeout, LeftoverPurge leftovers, Action<string> onCreated)
    {
        _leftovers = leftovers;
        AnalyticsSchema.CheckOwn(path, busyTimeout);
        _connection = Database.OpenWriter(path, WriterProfile.Analytics, busyTimeout);
        _statements = new StatementSet(_connection);
        try
        {
            if (AnalyticsSchema.Prepare(_connection, path) is { } reason)
            {
                onCreated(reason);
            }

            _rows = new RoundRows(_statements);
            _hasLeftovers = AnalyticsSchema.HasLeftovers(_connection);
            _position = _statements.Prepare("SELECT last_sequence, seal, is_emptying FROM export_position WHERE partition = ?1");
            _move = _statements.Prepare(
                """
                UPDATE export_position SET last_sequence = ?4, seal = ?5, recorded_at = ?6
                WHERE partition = ?1 AND last_sequence = ?2 AND seal = ?3 AND is_emptying = 0
                """);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public AnalyticsPosition ReadPosition(int partition)
    {
        Purge();
        if (!_position.Bind(1, partition).Step())
        {
            // An operator who deletes the position's row asks for a refill, so the writer must first delete the partition's rows.
            return AnalyticsPosition.Start with { IsEmptying = true };
        }

        AnalyticsPosition position = new(new Sequence(_position.Int64(0)), _position.DigestAt(1), _position.Int64(2) != 0);
        _position.Reset();
        return position;
    }

    /// <summary>Writes a round in one transaction.</summary>
    /// <returns>False if the round does not begin at the stored position.</returns>
    public bool TryApply(AnalyticsRound round, CancellationToken cancellationToken)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        int moved = _move.Bind(1, round.Partition).Bind(2, round.After.Last.Value).Bind(3, round.After.Seal)
            .Bind(4, round.End.Last.Value).Bind(5, round.End.Seal).Bind(6, AnalyticsTime.ToText(round.Commits[^1].RecordedAt)).RunAndCount();
        if (moved == 0)
        {
            return false;
        }

        _rows.Write(round, cancellationToken);
        IReadOnlyList<Sequence> erased = round.Erased;
        Erase(round.Partition, erased);
        transaction.Commit();
        _hasLeftovers |= erased.Count > 0;
        Purge();
        return true;
    }

    /// <summary>Deletes some rows of each table in one transaction.</summary>
    /// <returns>Whether no rows are left.</returns>
    public bool Empty(int partition)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        Run(
            """
            INSERT INTO export_position (partition, last_sequence, seal, recorded_at, is_emptying) VALUES (?1, 0, zeroblob(32), NULL, 1)
            ON CONFLICT (partition) DO UPDATE SET last_sequence = 0, seal = zeroblob(32), recorded_at = NULL, is_emptying = 1
            """,
            partition);
        int deleted = Tables.Sum(table => Run(
            $"DELETE FROM {table.Table} WHERE ({table.Key}) IN (SELECT {table.Key} FROM {table.Table} WHERE partition = ?1 ORDER BY {table.Key} LIMIT {PieceRows})",
            partition));
        if (deleted == 0)
        {
            Run("UPDATE export_position SET is_emptying = 0 WHERE partition = ?1", partition);
        }

        transaction.Commit();
        return deleted == 0;
    }

    /// <summary>Overwrites the texts of accounts, inside a transaction of the caller.</summary>
    private void Erase(int partition, IReadOnlyList<Sequence> openings)
    {
        if (openings.Count > 0)
        {
            Run("UPDATE export_schema SET has_leftovers = 1");
            _leftovers.NoteDeletion();
        }

        foreach (Sequence opening in openings)
        {
            Run("UPDATE account SET account = NULL WHERE partition = ?1 AND opening = ?2", partition, opening.Value);
            Run("UPDATE operation SET reference = NULL, reason = NULL WHERE partition = ?1 AND opening = ?2 AND kind <> 'erasure'", partition, opening.Value);
        }
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }

    /// <summary>Removes copies of erased texts that may be left outside of rows. If that fails, a later call tries again.</summary>
    private void Purge()
    {
        if (_hasLeftovers && _leftovers.TryRunPaced(_connection))
        {
            Run("UPDATE export_schema SET has_leftovers = 0");
            _hasLeftovers = false;
        }
    }

    private int Run(string sql, params ReadOnlySpan<long> values)
    {
        using Statement statement = new(_connection, sql);
        for (int index = 0; index < values.Length; index++)
        {
            statement.Bind(index + 1, values[index]);
        }

        return statement.RunAndCount();
    }
}
