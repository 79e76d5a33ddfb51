using Npgsql;
using Pointbook.Access;
using Pointbook.Engine;
using Pointbook.Engine.Hosting;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The API keys in a table of the store's database number 0. Servers and the command line use it at the same time. Thread-safe.</summary>
public sealed class PostgresKeyStore : IKeyStore
{
    private readonly Database _home;

    private PostgresKeyStore(KeyHome home) => (_home, HasLedger) = (home.Database, home.HasLedger);

    /// <summary>The display name of the database: its name, host and port.</summary>
    public string DatabaseName => _home.Name;

    /// <summary>Whether the databases already formed a store when the keys were opened.</summary>
    public bool HasLedger { get; }

    /// <summary>Opens the keys of a store, and upgrades the schema of their database. There may be no store yet, and none is created.</summary>
    /// <param name="options">The location of the store. It must name all of the store's databases, in any order.</param>
    /// <param name="cancellationToken">Cancels the opening. Schemas are changed completely or not at all.</param>
    /// <exception cref="StoreException">A database cannot be used, or the store's database number 0 is not named.</exception>
    public static async Task<PostgresKeyStore> OpenAsync(PostgresStoreOptions options, CancellationToken cancellationToken) =>
        (await OpenAsync(options, mayCreate: true, cancellationToken).ConfigureAwait(false))!;

    /// <summary>Opens the keys of a store if there is a table for them, and creates none.</summary>
    /// <returns>The keys, or null if there is no table for them.</returns>
    /// <exception cref="StoreException">As for <see cref="OpenAsync(PostgresStoreOptions, CancellationToken)"/>.</exception>
    public static Task<PostgresKeyStore?> OpenIfThereAsync(PostgresStoreOptions options, CancellationToken cancellationToken) =>
        OpenAsync(options, mayCreate: false, cancellationToken);

    /// <summary>Marks the store as secured, for ever.</summary>
    /// <exception cref="StoreException">The store could not be marked.</exception>
    public Task MarkSecuredAsync(CancellationToken cancellationToken) => SecuredMark.WriteAsync(_home, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<KeyVersion> ReadVersionAsync(CancellationToken cancellationToken) =>
        await ReadAsync(
            KeyStatements.ReadVersion,
            static _ => { },
            static async (row, token) => await row.ReadAsync(token).ConfigureAwait(false) ? ToVersion(row) : throw OfMissingVersion(),
            cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<KeySnapshot> ReadSnapshotAsync(CancellationToken cancellationToken)
    {
        List<(KeyVersion Version, ApiKey? Key)> rows = await ReadAsync(
            KeyStatements.ReadSnapshot,
            static _ => { },
            static (row, token) => ReadAllAsync(row, static row => (ToVersion(row), row.IsDBNull(2) ? null : KeyRows.ToKey(row, 2)), token),
            cancellationToken).ConfigureAwait(false);
        return rows.Count > 0
            ? new KeySnapshot(rows[0].Version, [.. rows.Select(row => row.Key).OfType<ApiKey>()])
            : throw OfReading(OfMissingVersion());
    }

    /// <inheritdoc/>
    public async ValueTask<KeyAddition> AddAsync(ApiKey key, int countMax, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return await ChangeAsync(
            KeyStatements.Add,
            parameters => parameters.AddKey(key).AddInt(countMax),
            static row => (KeyAddition?)Enum.Parse<KeyAddition>(row.GetString(0)),
            cancellationToken).ConfigureAwait(false) ?? throw OfChanging(OfMissingVersion());
    }

    /// <inheritdoc/>
    public async ValueTask<ApiKey?> RevokeAsync(KeyId id, Instant at, string? by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        ApiKey? key = await ChangeAsync(
            KeyStatements.Revoke,
            parameters => parameters.AddText(id.Value).AddTime(at).AddText(by),
            KeyRows.ToKey,
            cancellationToken).ConfigureAwait(false);
        return key is { RevokedAt: null } ? throw OfChanging(OfMissingVersion()) : key;
    }

    /// <inheritdoc/>
    public async ValueTask<ApiKey?> FindAsync(KeyId id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        return (await ReadKeysAsync(KeyStatements.Find, parameters => parameters.AddText(id.Value), cancellationToken).ConfigureAwait(false)).SingleOrDefault();
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ApiKey>> ListAsync(KeyId? after, int countMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(countMax);
        return await ReadKeysAsync(
            KeyStatements.List, parameters => parameters.AddText(after?.Value).AddInt(countMax), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _home.DisposeAsync();

    private static async Task<PostgresKeyStore?> OpenAsync(PostgresStoreOptions options, bool mayCreate, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<Database> databases = Database.AllOf(options, isReadOnly: false);
        KeyHome? home = null;
        try
        {
            home = await KeyHome.OpenAsync(databases, mayCreate, cancellationToken).ConfigureAwait(false);
            return home is null ? null : new PostgresKeyStore(home);
        }
        finally
        {
            foreach (Database other in databases.Where(database => database != home?.Database))
            {
                await other.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static KeyVersion ToVersion(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetGuid(1));

    private static InvalidRowException OfMissingVersion() => new("there are keys, but their version is missing or 0. Restore a backup");

    private static KeyStoreException OfReading(Exception failure) => new($"The API keys could not be read: {failure.Message.TrimEnd('.')}.", failure);

    private static KeyStoreException OfChanging(Exception failure) => new($"The API keys could not be changed: {failure.Message.TrimEnd('.')}.", failure);

    private static async Task<List<T>> ReadAllAsync<T>(NpgsqlDataReader row, Func<NpgsqlDataReader, T> toValue, CancellationToken cancellationToken)
    {
        List<T> values = [];
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            values.Add(toValue(row));
        }

        return values;
    }

    private ValueTask<List<ApiKey>> ReadKeysAsync(string sql, Action<NpgsqlParameterCollection> addParameters, CancellationToken cancellationToken) =>
        ReadAsync(sql, addParameters, static (row, token) => ReadAllAsync(row, KeyRows.ToKey, token), cancellationToken);

    private async ValueTask<T> ReadAsync<T>(
        string sql, Action<NpgsqlParameterCollection> addParameters, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            NpgsqlCommand command = _home.Keys.CreateCommand(sql);
            await using (command.ConfigureAwait(false))
            {
                addParameters(command.Parameters);
                NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    return await read(row, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure) || failure is InvalidRowException)
        {
            throw OfReading(failure);
        }
    }

    /// <summary>Runs a statement once no other client is changing keys. Everything together is one transaction and one round trip.</summary>
    private async ValueTask<T?> ChangeAsync<T>(
        string sql, Action<NpgsqlParameterCollection> addParameters, Func<NpgsqlDataReader, T> toValue, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            NpgsqlConnection connection = await _home.Keys.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                NpgsqlBatch batch = new(connection);
                await using (batch.ConfigureAwait(false))
                {
                    batch.Add(KeyStatements.Lock);
                    addParameters(batch.Add(sql));
                    return await DurableStatement.RunAsync(batch, toValue, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure) || failure is InvalidRowException)
        {
            throw OfChanging(failure);
        }
    }
}
