using Pointbook.Server.Storage;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Security;

/// <summary>Provides the command that creates the first key.</summary>
internal static class FirstKey
{
    /// <summary>The command for a store, ready to copy. A connection string may contain a password, so the operator must insert it.</summary>
    public static string Command(StorageOptions storage, SqliteStoreOptions sqlite) =>
        "pointbook keys create --name admin --scope read,add,spend,flush,admin --store "
        + (storage.IsPostgres ? "'postgres:CONNECTION STRING'" : $"'sqlite:{Path.GetFullPath(sqlite.Directory)}'");
}
