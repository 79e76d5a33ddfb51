using Microsoft.Extensions.Logging;
using Npgsql;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Postgres;

/// <summary>Upgrades the databases of a store, one process at a time.</summary>
internal static class StoreOpening
{
    /// <summary>Locks all databases, upgrades their schemas, and applies the decision of <see cref="StorePlan"/>.</summary>
    /// <exception cref="StoreException">A database cannot be used.</exception>
    public static async Task<IReadOnlyList<StoreRow>> RunAsync(
        IReadOnlyList<Database> databases, int? partitions, StoreState state, ILogger logger, CancellationToken cancellationToken)
    {
        Dictionary<Database, NpgsqlConnection> connections = [];
        string name = databases[0].Name;
        // No other process has this number, and it never equals the lock's number by chance.
        long mark = BitConverter.ToInt64(Guid.NewGuid().ToByteArray());
        try
        {
            // Every process takes the locks in the same order, so that no two processes wait for each other.
            foreach (Database database in databases.OrderBy(database => database.Name, StringComparer.Ordinal))
            {
                name = database.Name;
                connections.Add(database, await PrepareAsync(database, mark, cancellationToken).ConfigureAwait(false));
            }

            List<StoreRow?> found = [];
            List<bool> hasKeys = [];
            foreach (Database database in databases)
            {
                found.Add(await StoreRow.ReadAsync(connections[database], cancellationToken).ConfigureAwait(false));
                hasKeys.Add(await KeyHome.HasKeysAsync(connections[database], cancellationToken).ConfigureAwait(false));
            }

            IReadOnlyList<StoreRow> rows = StorePlan.Decide(
                [.. databases.Select(database => database.Name)], found, hasKeys, partitions, state, Guid.NewGuid());
            bool isNew = found.TrueForAll(row => row is null);
            await WriteAsync(databases, connections, found, rows, cancellationToken).ConfigureAwait(false);
            if (isNew)
            {
                logger.StoreCreated(rows[0].PartitionCount, rows.Count);
            }

            return rows;
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure))
        {
            throw Failure.OfOpening(name, failure);
        }
        finally
        {
            foreach (NpgsqlConnection connection in connections.Values)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads what the databases form together, without a lock and without changing anything.</summary>
    /// <exception cref="StoreException">A database cannot be used, or the databases do not form a complete store.</exception>
    public static async Task<IReadOnlyList<StoreRow>> ReadAsync(IReadOnlyList<Database> databases, CancellationToken cancellationToken)
    {
        List<StoreRow?> found = [];
        foreach (Database database in databases)
        {
            try
            {
                NpgsqlConnection connection = await database.Journals.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    bool isKnown = await Schema.IsCurrentAsync(connection, database.Name, cancellationToken).ConfigureAwait(false);
                    found.Add(isKnown ? await StoreRow.ReadAsync(connection, cancellationToken).ConfigureAwait(false) : null);
                }
            }
            catch (Exception failure) when (Failure.IsOfDatabase(failure))
            {
                throw Failure.OfOpening(database.Name, failure);
            }
        }

        return StorePlan.CheckReadable([.. databases.Select(database => database.Name)], found);
    }

    private static async Task<NpgsqlConnection> PrepareAsync(Database database, long mark, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = new(database.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            // Otherwise this process would wait for itself if two names refer to one database.
            if (!await Schema.TryMarkAsync(connection, mark, cancellationToken).ConfigureAwait(false))
            {
                throw new StoreException($"{database.Name} is another name of a database that is already named. Name each database once.");
            }

            await Schema.LockAsync(connection, database.Name, cancellationToken).ConfigureAwait(false);
            await Schema.UpgradeAsync(connection, database, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Writes the changes. No database says that the store is ready before all of them know of the store.</summary>
    private static async Task WriteAsync(
        IReadOnlyList<Database> databases,
        Dictionary<Database, NpgsqlConnection> connections,
        List<StoreRow?> found,
        IReadOnlyList<StoreRow> rows,
        CancellationToken cancellationToken)
    {
        for (int index = 0; index < databases.Count; index++)
        {
            if (found[index] is null)
            {
                StoreRow row = rows.Count > 1 ? rows[index] with { State = StoreState.Creating } : rows[index];
                await row.WriteAsync(connections[databases[index]], cancellationToken).ConfigureAwait(false);
                found[index] = row;
            }
        }

        for (int index = 0; index < databases.Count; index++)
        {
            if (found[index] != rows[index])
            {
                await rows[index].WriteAsync(connections[databases[index]], cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
