namespace Pointbook.Storage.Postgres;

/// <summary>The SQL of API keys. A key that was revoked owns no name and takes nobody's place.</summary>
internal static class KeyStatements
{
    /// <summary>Makes the others who change keys wait until the transaction is over; what is read in the statements behind it is what they left.</summary>
    public const string Lock = "SELECT version FROM api_key_version FOR UPDATE";

    // A version of 0 opens the ledger to everybody on the machine, so it is not believed while there is a key.
    private const string CredibleVersion = "(version > 0 OR NOT EXISTS (SELECT 1 FROM api_key))";

    /// <summary>Gives the version.</summary>
    public const string ReadVersion = $"SELECT version, stamp FROM api_key_version WHERE {CredibleVersion}";

    /// <summary>Gives the version with each key that is not revoked, or with nulls. One statement sees everything as it was at one moment.</summary>
    public const string ReadSnapshot =
        $"SELECT version, stamp, {KeyRows.Columns} FROM (SELECT version, stamp FROM api_key_version WHERE {CredibleVersion}) AS present LEFT JOIN api_key ON revoked_at IS NULL";

    /// <summary>Gives one key.</summary>
    public const string Find = $"SELECT {KeyRows.Columns} FROM api_key WHERE id = $1";

    /// <summary>Gives keys in the order in which they were added, from the first one or from behind another one.</summary>
    public const string List =
        $"""
        SELECT {KeyRows.Columns} FROM api_key
        WHERE number > CASE WHEN $1::text IS NULL THEN 0 ELSE (SELECT number FROM api_key WHERE id = $1) END
        ORDER BY number LIMIT $2
        """;

    /// <summary>Adds a key and gives the name of a <see cref="Access.KeyAddition"/>; nothing at all if there is no version.</summary>
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

    /// <summary>Revokes a key that is not revoked, and gives the key as it is then; nothing at all if there is none. Without a version it does nothing.</summary>
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
