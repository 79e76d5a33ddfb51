using Pointbook.Server.Storage;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Security;

/// <summary>Says how the first key is created.</summary>
internal static class FirstKey
{
    /// <summary>The command line for a store, to be copied. A connection string may hold a password, so it is left to whoever has it.</summary>
    public static string Command(StorageOptions storage, SqliteStoreOptions sqlite) =>
        "pointbook keys create --name admin --scope read,add,spend,flush,admin --store "
        + (storage.IsPostgres ? "'postgres:CONNECTION STRING'" : $"'sqlite:{Path.GetFullPath(sqlite.Directory)}'");
}
