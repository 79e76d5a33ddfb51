using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Npgsql;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Postgres;

/// <summary>Keeps the schema of a database up to date. The caller must hold the database's lock.</summary>
internal static class Schema
{
    private const int ServerVersionMin = 140_000;
    private const string ScriptPrefix = "Pointbook.Storage.Postgres.Schema.";

    // Any number works, as long as all versions of Pointbook use it: the letters "pointbk" in ASCII.
    private const long LockKey = 0x706F696E74626B;

    private const int LockTimeoutSeconds = 60;

    /// <summary>Takes the lock that keeps two processes from changing one database's schema. The lock ends with the connection.</summary>
    /// <exception cref="StoreException">Another process has held the lock for a minute.</exception>
    public static async Task LockAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Timeout = LockTimeoutSeconds * 2;
            batch.Add($"SET lock_timeout = '{LockTimeoutSeconds}s'");
            batch.Add("SELECT pg_advisory_lock($1)").AddBigint(LockKey);
            try
            {
                await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                throw new StoreException($"Another process has been preparing {name} for {LockTimeoutSeconds} s. Wait for it or end it, then start again.", failure);
            }
        }
    }

    /// <summary>Marks a database as being opened. The mark ends with the connection.</summary>
    /// <returns>False if the database already has this mark, because the options name it twice in different ways.</returns>
    public static async Task<bool> TryMarkAsync(NpgsqlConnection connection, long mark, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new("SELECT pg_try_advisory_lock($1)", connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddBigint(mark);
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }

    /// <summary>Applies the numbered scripts that the database does not have yet.</summary>
    /// <exception cref="StoreException">The server is too old, or the database is of a newer version, or a script failed.</exception>
    public static async Task UpgradeAsync(NpgsqlConnection connection, Database database, CancellationToken cancellationToken)
    {
        await CheckServerAsync(connection, database.Name, cancellationToken).ConfigureAwait(false);
        UpgradeEngine engine = DeployChanges.To
            .PostgresqlDatabase(database.ConnectionString)
            .WithScriptsEmbeddedInAssembly(typeof(Schema).Assembly, name => name.StartsWith(ScriptPrefix, StringComparison.Ordinal))
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogTo(new NoOpUpgradeLog())
            .Build();
        HashSet<string> known = [.. engine.GetDiscoveredScripts().Select(script => script.Name)];
        string? unknown = engine.GetExecutedScripts().FirstOrDefault(name => !known.Contains(name));
        if (unknown is not null)
        {
            throw OfNewerVersion(database.Name, unknown);
        }

        DatabaseUpgradeResult result = engine.PerformUpgrade();
        if (!result.Successful)
        {
            throw new StoreException($"Pointbook could not upgrade the schema of {database.Name}: {Failure.Say(result.Error)}", result.Error);
        }
    }

    /// <summary>Whether the database has Pointbook's tables. The tables stay unchanged.</summary>
    /// <exception cref="StoreException">The tables are of another version.</exception>
    public static async Task<bool> IsCurrentAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        HashSet<string> missing =
            [.. typeof(Schema).Assembly.GetManifestResourceNames().Where(script => script.StartsWith(ScriptPrefix, StringComparison.Ordinal))];
        try
        {
            NpgsqlCommand command = new("SELECT scriptname FROM schemaversions", connection);
            await using (command.ConfigureAwait(false))
            {
                NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        string script = row.GetString(0);
                        if (!missing.Remove(script))
                        {
                            throw OfNewerVersion(name, script);
                        }
                    }
                }
            }
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return false;
        }

        return missing.Count == 0
            ? true
            : throw new StoreException($"{name} was written by an older version of Pointbook. Start the server on it once to upgrade it.");
    }

    private static StoreException OfNewerVersion(string name, string script) =>
        new($"{name} was written by a newer version of Pointbook ({script}); use that version.");

    private static async Task CheckServerAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new("SELECT current_setting('server_version_num')::integer, current_setting('server_encoding')", connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (row.GetInt32(0) < ServerVersionMin)
                {
                    throw new StoreException($"{name} runs on PostgreSQL older than 14. Use PostgreSQL 14 or newer.");
                }

                if (row.GetString(1) != "UTF8")
                {
                    throw new StoreException($"{name} has the encoding {row.GetString(1)}. Create it with ENCODING 'UTF8'.");
                }
            }
        }
    }
}
