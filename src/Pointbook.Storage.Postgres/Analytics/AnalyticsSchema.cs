using System.Reflection;
using Npgsql;

namespace Pointbook.Storage.Postgres.Analytics;

/// <summary>Creates the analytics tables. Tables of another version are dropped, because refilling them is simpler than an upgrade.</summary>
internal static class AnalyticsSchema
{
    /// <summary>The version of the tables. Every change of analytics.sql must raise it.</summary>
    public const int Version = 3;

    // Any number works, as long as all versions of Pointbook use it and no other lock does: the letters "analyt" in ASCII.
    private const long LockKey = 0x616E616C7974;

    // Also drops views of others that depend on the tables. Names only Pointbook's own tables.
    private const string DropSql =
        """
        DROP VIEW IF EXISTS analytics.history, analytics.pending_spend, analytics.open_lot, analytics.balance CASCADE;
        DROP TABLE IF EXISTS analytics.export_position, analytics.hold, analytics.account_balance, analytics.lot, analytics.entry, analytics.operation,
            analytics.account, analytics.export_schema CASCADE
        """;

    // The views first, as a reader locks them. A lock on a view includes its tables.
    private const string RelationsSql =
        """
        SELECT format('analytics.%I', relname), (
            SELECT greatest(1, count(DISTINCT refobjid))::integer
            FROM pg_rewrite
            JOIN pg_depend ON classid = 'pg_rewrite'::regclass AND objid = pg_rewrite.oid AND refclassid = 'pg_class'::regclass
            WHERE ev_class = pg_class.oid AND refobjid <> pg_class.oid)
        FROM pg_class
        WHERE relnamespace = 'analytics'::regnamespace AND relkind IN ('r', 'v') AND relname = ANY ($1)
        ORDER BY relkind DESC, relname
        """;

    // The views of others that depend on a table or view of Pointbook, directly or through others.
    private const string DependentsSql =
        """
        WITH RECURSIVE own AS (
            SELECT oid FROM pg_class WHERE relnamespace = 'analytics'::regnamespace AND relname = ANY ($1)
        ), dependent AS (
            SELECT oid FROM own
            UNION
            SELECT pg_rewrite.ev_class
            FROM dependent
            JOIN pg_depend ON pg_depend.refclassid = 'pg_class'::regclass AND pg_depend.refobjid = dependent.oid AND pg_depend.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite ON pg_rewrite.oid = pg_depend.objid
        )
        SELECT format('%I.%I', nspname, relname)
        FROM dependent JOIN pg_class USING (oid) JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE dependent.oid NOT IN (SELECT oid FROM own)
        ORDER BY nspname, relname
        """;

    private const string ForeignKeysSql =
        """
        WITH own AS (
            SELECT oid FROM pg_class WHERE relnamespace = 'analytics'::regnamespace AND relname = ANY ($1)
        )
        SELECT format('%I of %I.%I', conname, nspname, relname)
        FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE contype = 'f' AND conparentid = 0 AND confrelid IN (SELECT oid FROM own) AND conrelid NOT IN (SELECT oid FROM own)
        ORDER BY nspname, relname, conname
        """;

    // Pointbook's own tables and views. Whatever else is in the schema belongs to others.
    private static readonly string[] Own =
    [
        "history", "pending_spend", "open_lot", "balance",
        "export_position", "hold", "account_balance", "lot", "entry", "operation", "account", "export_schema",
    ];

    private static readonly string Script = ReadScript();

    /// <summary>Creates the tables if they are missing or of another version, unless another process creates them first.</summary>
    /// <param name="connection">A connection without a transaction.</param>
    /// <param name="mayDrop">Whether to drop tables of another version. Otherwise they stay unchanged.</param>
    /// <param name="onReplace">Called before tables of another version are replaced.</param>
    /// <param name="cancellationToken">Cancels it. Then nothing is changed.</param>
    /// <returns>Why the tables were created, or null if they already existed.</returns>
    public static async Task<string?> PrepareAsync(NpgsqlConnection connection, bool mayDrop, Action onReplace, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await RunAsync(connection, $"SELECT pg_advisory_xact_lock({LockKey})", cancellationToken).ConfigureAwait(false);
            int? version = await ReadVersionAsync(connection, cancellationToken).ConfigureAwait(false);
            if (version == Version || (version is not null && !mayDrop))
            {
                return null;
            }

            string reason = version is null
                ? "they did not exist"
                : $"the existing tables have version {version}, but this server writes version {Version}";
            if (version is null)
            {
                await CreateAsync(connection, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                onReplace();
                reason += await ReplaceAsync(connection, cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return reason;
        }
    }

    /// <summary>Drops the existing tables and creates new ones, to which the same roles have the same rights.</summary>
    /// <returns>What an operator must know about it, to append to a sentence; mostly empty.</returns>
    private static async Task<string> ReplaceAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        AnalyticsGrants grants = await AnalyticsGrants.ReadAsync(connection, Own, cancellationToken).ConfigureAwait(false);
        List<string> views = await ReadAsync(connection, DependentsSql, row => row.GetString(0), cancellationToken).ConfigureAwait(false);
        List<string> foreignKeys = await ReadAsync(connection, ForeignKeysSql, row => row.GetString(0), cancellationToken).ConfigureAwait(false);
        BriefLocks locks = new(connection);
        foreach ((string relation, int tables) in await ReadAsync(connection, RelationsSql, row => (row.GetString(0), row.GetInt32(1)), cancellationToken).ConfigureAwait(false))
        {
            await locks.TakeAsync(relation, tables, BriefLocks.AccessExclusive, cancellationToken).ConfigureAwait(false);
        }

        await locks.EndAsync(cancellationToken).ConfigureAwait(false);
        await RunAsync(connection, DropSql, cancellationToken).ConfigureAwait(false);
        await CreateAsync(connection, cancellationToken).ConfigureAwait(false);
        await grants.RestoreAsync(connection, cancellationToken).ConfigureAwait(false);
        return Describe("views of others that used them", views) + Describe("foreign keys of others that referred to them", foreignKeys);
    }

    private static string Describe(string what, List<string> dropped) =>
        dropped.Count == 0 ? "" : $"; {what} were dropped and must be created again: {string.Join(", ", dropped)}";

    private static async Task CreateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // IF NOT EXISTS would require the right to create schemas even if the schema exists.
        if (!await IsThereAsync(connection, "to_regnamespace('analytics')", cancellationToken).ConfigureAwait(false))
        {
            await RunAsync(connection, "CREATE SCHEMA analytics", cancellationToken).ConfigureAwait(false);
        }

        await RunAsync(connection, Script, cancellationToken).ConfigureAwait(false);
        await RunAsync(connection, $"INSERT INTO analytics.export_schema (version) VALUES ({Version})", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the version of the existing tables. Returns null if there are none.</summary>
    private static async Task<int?> ReadVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await IsThereAsync(connection, "to_regclass('analytics.export_schema')", cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        NpgsqlCommand command = new("SELECT coalesce(max(version), 0) FROM analytics.export_schema", connection);
        await using (command.ConfigureAwait(false))
        {
            return (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    /// <summary>Runs a query about Pointbook's own tables and views.</summary>
    private static async Task<List<T>> ReadAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddTexts(Own);
            return await AnalyticsGrants.ReadAsync(command, map, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<bool> IsThereAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new($"SELECT {name} IS NOT NULL", connection);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static string ReadScript()
    {
        using Stream script = Assembly.GetExecutingAssembly().GetManifestResourceStream("Pointbook.Storage.Postgres.Analytics.analytics.sql")!;
        using StreamReader reader = new(script);
        return reader.ReadToEnd();
    }
}
