using Microsoft.Data.Sqlite;
using Pointbook.Access;
using Pointbook.Engine;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads the API keys over a separate connection. Not thread-safe.</summary>
internal sealed class KeyReader : SnapshotReader
{
    private readonly Statement _version;
    private readonly Statement _standing;
    private readonly Statement _find;
    private readonly Statement _list;

    public KeyReader(string path, TimeSpan busyTimeout)
        : base(path, busyTimeout, SqliteOpenMode.ReadWrite)
    {
        // Version 0 opens the ledger to every program on the machine, so it is invalid while there is a key.
        _version = Prepare("SELECT version, stamp FROM api_key_version WHERE version > 0 OR NOT EXISTS (SELECT 1 FROM api_key)");
        _standing = Prepare($"SELECT {KeyRow.Columns} FROM api_key WHERE revoked_at IS NULL");
        _find = Prepare(KeyRow.Find);
        _list = Prepare(
            $"""
            SELECT {KeyRow.Columns} FROM api_key
            WHERE number > CASE WHEN ?1 IS NULL THEN 0 ELSE (SELECT number FROM api_key WHERE id = ?1) END
            ORDER BY number LIMIT ?2
            """);
    }

    /// <exception cref="InvalidRowException">Another program changed or removed the version.</exception>
    public KeyVersion ReadVersion()
    {
        if (!_version.Step())
        {
            throw new InvalidRowException("there are keys but no version. Restore the file from a backup");
        }

        KeyVersion version = new(_version.Int64(0), _version.GuidAt(1));
        _version.Reset();
        return version;
    }

    /// <inheritdoc cref="ReadVersion" path="/exception"/>
    public KeySnapshot ReadSnapshot()
    {
        BeginSnapshot();
        KeySnapshot snapshot = new(ReadVersion(), KeyRow.ReadAll(_standing));
        EndSnapshot();
        return snapshot;
    }

    public ApiKey? Find(KeyId id) => KeyRow.ReadOne(_find.Bind(1, id.Value));

    public IReadOnlyList<ApiKey> List(KeyId? after, int countMax) => KeyRow.ReadAll(_list.Bind(1, after?.Value).Bind(2, countMax));
}
