using Npgsql;

namespace Pointbook.Storage.Postgres.Analytics;

/// <summary>The rights of other roles to the analytics tables and views, so that tables of another version get the rights of their predecessors. Immutable.</summary>
/// <remarks>
/// Default privileges must not widen them: an operator may have revoked the right to the account keys. Only tables and views without a predecessor get default privileges.
/// </remarks>
internal sealed class AnalyticsGrants
{
    private const string ReadSql =
        """
        WITH relation AS (
            SELECT oid, relname, relowner, relacl FROM pg_class
            WHERE relnamespace = 'analytics'::regnamespace AND relkind IN ('r', 'v') AND relname = ANY ($1)
        ), item AS (
            SELECT relation.relname, NULL::name AS attname, acl.* FROM relation CROSS JOIN aclexplode(relacl) AS acl WHERE acl.grantee <> relowner
            UNION ALL
            SELECT relation.relname, attname, acl.* FROM relation JOIN pg_attribute ON attrelid = relation.oid CROSS JOIN aclexplode(attacl) AS acl WHERE acl.grantee <> relowner
        )
        SELECT relname::text, NULL::text, NULL::text FROM relation
        UNION ALL
        SELECT
            relname::text,
            attname::text,
            format(
                'GRANT %s%s ON analytics.%I TO %s%s',
                privilege_type,
                ' (' || quote_ident(attname) || ')',
                relname,
                CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
                CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
        FROM item
        """;

    // What default privileges have just granted on the successors.
    private const string DefaultsSql =
        """
        SELECT DISTINCT format('REVOKE ALL ON analytics.%I FROM %s', relname, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
        FROM pg_class CROSS JOIN aclexplode(relacl) AS acl
        WHERE relnamespace = 'analytics'::regnamespace AND relname = ANY ($1) AND acl.grantee <> relowner
        """;

    private const string ColumnsSql =
        """
        SELECT relname::text, attname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND NOT attisdropped
        WHERE relnamespace = 'analytics'::regnamespace AND relkind IN ('r', 'v')
        """;

    private readonly List<(string Relation, string? Column, string? Sql)> _items;

    private AnalyticsGrants(List<(string Relation, string? Column, string? Sql)> items) => _items = items;

    /// <summary>Reads the rights to the existing tables and views.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="relations">The tables and views. Those of others in the schema stay, with their rights.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static async Task<AnalyticsGrants> ReadAsync(NpgsqlConnection connection, string[] relations, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(ReadSql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddTexts(relations);
            return new AnalyticsGrants(await ReadAsync(
                command, row => (row.GetString(0), Optional(row, 1), Optional(row, 2)), cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>Gives the successors of these tables and views exactly these rights.</summary>
    public async Task RestoreAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<string> statements;
        NpgsqlCommand defaults = new(DefaultsSql, connection);
        await using (defaults.ConfigureAwait(false))
        {
            defaults.Parameters.AddTexts([.. _items.Select(item => item.Relation).Distinct(StringComparer.Ordinal)]);
            statements = await ReadAsync(defaults, row => row.GetString(0), cancellationToken).ConfigureAwait(false);
        }

        NpgsqlCommand columns = new(ColumnsSql, connection);
        await using (columns.ConfigureAwait(false))
        {
            HashSet<(string, string)> there = [.. await ReadAsync(columns, row => (row.GetString(0), row.GetString(1)), cancellationToken).ConfigureAwait(false)];
            HashSet<string> relations = [.. there.Select(column => column.Item1)];
            statements.AddRange(_items
                .Where(item => item.Sql is not null && relations.Contains(item.Relation) && (item.Column is null || there.Contains((item.Relation, item.Column))))
                .Select(item => item.Sql!));
        }

        foreach (string statement in statements)
        {
            NpgsqlCommand command = new(statement, connection);
            await using (command.ConfigureAwait(false))
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads all rows of a command.</summary>
    public static async Task<List<T>> ReadAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken)
    {
        List<T> rows = [];
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                rows.Add(map(reader));
            }
        }

        return rows;
    }

    private static string? Optional(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
