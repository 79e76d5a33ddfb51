using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>The database with a store's API keys: number 0, even before there is a store.</summary>
/// <param name="Database">The database.</param>
/// <param name="HasLedger">Whether there is a store.</param>
internal sealed record KeyHome(Database Database, bool HasLedger)
{
    /// <summary>Finds the database and upgrades its schema. Creates no store, because the first start of the server decides the number of partitions.</summary>
    /// <param name="databases">All databases of the store, in any order.</param>
    /// <param name="mayCreate">Whether to create a table of keys if there is none.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>The database, or null if it has no table of keys and none may be created.</returns>
    /// <exception cref="Engine.Hosting.StoreException">A database cannot be used, or the required one is not named.</exception>
    public static async Task<KeyHome?> OpenAsync(IReadOnlyList<Database> databases, bool mayCreate, CancellationToken cancellationToken)
    {
        string name = databases[0].Name;
        try
        {
            List<StoreRow?> found = [];
            List<bool> hasTable = [];
            List<bool> hasKeys = [];
            foreach (Database database in databases)
            {
                name = database.Name;
                (StoreRow? row, bool mayHaveKeys, bool isHome) = await ReadAsync(database, cancellationToken).ConfigureAwait(false);
                found.Add(row);
                hasTable.Add(mayHaveKeys);
                hasKeys.Add(isHome);
            }

            int place = StorePlan.FindHomeOfKeys([.. databases.Select(database => database.Name)], found, hasKeys);
            if (!mayCreate && !hasTable[place])
            {
                return null;
            }

            Database home = databases[place];
            name = home.Name;
            await UpgradeAsync(home, cancellationToken).ConfigureAwait(false);
            return new KeyHome(home, found.Any(row => row is not null));
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure))
        {
            throw Failure.OfOpening(name, failure);
        }
    }

    /// <summary>Whether a database with a current schema has ever had a key.</summary>
    public static async Task<bool> HasKeysAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await ReadOneAsync(connection, "SELECT EXISTS (SELECT 1 FROM api_key)", cancellationToken).ConfigureAwait(false);

    /// <summary>Reads the state of a database, whose schema may be old or missing.</summary>
    private static async Task<(StoreRow? Row, bool HasTable, bool HasKeys)> ReadAsync(Database database, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await database.Keys.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            bool isStore = await ReadOneAsync(connection, "SELECT to_regclass('store') IS NOT NULL", cancellationToken).ConfigureAwait(false);
            bool mayHaveKeys = await ReadOneAsync(connection, "SELECT to_regclass('api_key') IS NOT NULL", cancellationToken).ConfigureAwait(false);
            return (
                isStore ? await StoreRow.ReadAsync(connection, cancellationToken).ConfigureAwait(false) : null,
                mayHaveKeys,
                mayHaveKeys && await HasKeysAsync(connection, cancellationToken).ConfigureAwait(false));
        }
    }

    private static async Task UpgradeAsync(Database home, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = new(home.ConnectionString);
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await Schema.LockAsync(connection, home.Name, cancellationToken).ConfigureAwait(false);
            await Schema.UpgradeAsync(connection, home, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<bool> ReadOneAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The statements are those above.
        NpgsqlCommand command = new(sql, connection);
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }
}
