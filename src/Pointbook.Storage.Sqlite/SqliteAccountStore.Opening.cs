using System.Buffers.Binary;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Pointbook.Engine;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Sqlite;

/// <content>The opening of the file, and the decision whether it can be used.</content>
public sealed partial class SqliteAccountStore
{
    // https://sqlite.org/fileformat2.html#page_size: two bytes, big-endian. The value 1 means 65,536.
    private const int PageSizeOffset = 16;
    private const int PageSizeMax = 65_536;

    private static SqliteAccountStore OpenOrReplace(string path, SqliteStoreOptions options, TimeProvider clock, ILogger logger)
    {
        try
        {
            return OpenFile(path, options, clock, logger);
        }
        catch (Exception failure) when (IsBeyondUse(failure))
        {
            logger.AccountStoreUnreadable(failure, path);
            Delete(path);
            return OpenFile(path, options, clock, logger);
        }
    }

    private static SqliteAccountStore OpenFile(string path, SqliteStoreOptions options, TimeProvider clock, ILogger logger)
    {
        ThrowIfUnusable(path);
        Database.Migrate(path, SchemaFolder, options.BusyTimeout);
        return new SqliteAccountStore(path, options, clock, logger);
    }

    private static void ThrowIfUnusable(string path)
    {
        if (EndsWithinPage(path))
        {
            throw new StoreException($"{path} ends in the middle of a page.");
        }

        if (File.Exists(path + DamagedSuffix))
        {
            throw new StoreException($"{path} was found damaged: {File.ReadAllText(path + DamagedSuffix)}");
        }
    }

    /// <summary>Whether the last page is incomplete. SQLite would read the missing bytes as zeros, which are valid rows.</summary>
    internal static bool EndsWithinPage(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> header = stackalloc byte[PageSizeOffset + sizeof(ushort)];
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
        {
            return file.Length > 0;
        }

        int pageSize = BinaryPrimitives.ReadUInt16BigEndian(header[PageSizeOffset..]);
        return file.Length % (pageSize == 1 ? PageSizeMax : Math.Max(pageSize, 1)) != 0;
    }

    /// <summary>Whether the file itself is damaged or of another version. A locked file or a full disk does not count, because a rebuild would not help.</summary>
    internal static bool IsBeyondUse(Exception failure) => failure switch
    {
        StoreException { InnerException: SqliteException cause } => IsBeyondUse(cause),
        StoreException or InvalidRowException => true,
        SqliteException { SqliteErrorCode: var code } =>
            code is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_ERROR,
        _ => false,
    };

    private static void Delete(string path)
    {
        foreach (string file in new[] { path, path + "-wal", path + "-shm", path + DamagedSuffix })
        {
            File.Delete(file);
        }
    }
}
