namespace Pointbook.Storage.Postgres;

/// <summary>The SQL of API keys. A revoked key reserves no name and does not count.</summary>
internal static class KeyStatements
{
    /// <summary>Makes other clients that change keys wait until the transaction ends. The following statements read what those clients left.</summary>
    public const string Lock = "SELECT version FROM api_key_version FOR UPDATE";

    // Version 0 opens the ledger to every program on the machine, so it is invalid while there is a key.
    private const string CredibleVersion = "(version > 0 OR NOT EXISTS (SELECT 1 FROM api_key))";

    /// <summary>Returns the version.</summary>
    public const string ReadVersion = $"SELECT version, stamp FROM api_key_version WHERE {CredibleVersion}";

    /// <summary>Returns the version with each key that is not revoked, or with nulls. One statement sees everything as of one moment.</summary>
    public const string ReadSnapshot =
        $"SELECT version, stamp, {KeyRows.Columns} FROM (SELECT version, stamp FROM api_key_version WHERE {CredibleVersion}) AS present LEFT JOIN api_key ON revoked_at IS NULL";

    /// <summary>Returns one key.</summary>
    public const string Find = $"SELECT {KeyRows.Columns} FROM api_key WHERE id = $1";

    /// <summary>Returns keys in the order in which they were added, from the first one or after a given one.</summary>
    public const string List =
        $"""
        SELECT {KeyRows.Columns} FROM api_key
        WHERE number > CASE WHEN $1::text IS NULL THEN 0 ELSE (SELECT number FROM api_key WHERE id = $1) END
        ORDER BY number LIMIT $2
        """;

    /// <summary>Adds a key and returns the name of a <see cref="Access.KeyAddition"/>, or no row if there is no version.</summary>
    public const string Add =
        $"""
        WITH judged AS (
            SELECT CASE
                WHEN EXISTS (SELECT 1 FROM api_key WHERE id = $1) THEN 'NameTaken'
                WHEN $9::timestamptz IS NOT NULL THEN 'Added'
                WHEN EXISTS (SELECT 1 FROM api_key WHERE name = $2 AND revoked_at IS NULL) THEN 'NameTaken'
                WHEN (SELECT count(*) FROM api_key WHERE revoked_at IS NULL) >= $11 THEN 'TooMany'
                ELSE 'Added' END AS addition
            FROM api_key_version
        ), added AS (
            INSERT INTO api_key (number, {KeyRows.Columns})
            SELECT (SELECT coalesce(max(number), 0) + 1 FROM api_key), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
            FROM judged WHERE addition = 'Added'
        ), counted AS (
            UPDATE api_key_version SET version = version + 1, stamp = gen_random_uuid() FROM judged WHERE addition = 'Added'
        )
        SELECT addition FROM judged
        """;

    /// <summary>Revokes a key that is not revoked, and returns its new state, or no row if there is none. Without a version, does nothing.</summary>
    public const string Revoke =
        $"""
        WITH revoked AS (
            UPDATE api_key SET revoked_at = $2, revoked_by = $3
            WHERE id = $1 AND revoked_at IS NULL AND EXISTS (SELECT 1 FROM api_key_version)
            RETURNING {KeyRows.Columns}
        ), counted AS (
            UPDATE api_key_version SET version = version + 1, stamp = gen_random_uuid() WHERE EXISTS (SELECT 1 FROM revoked)
        )
        SELECT {KeyRows.Columns} FROM revoked
        UNION ALL
        SELECT {KeyRows.Columns} FROM api_key WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM revoked)
        """;
}
