using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Server.Migrating;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Tests.Migrating;

/// <summary>How a migration builds the tables of its copy.</summary>
public sealed class MigrationTests
{
    [Fact]
    public async Task Nothing_is_swept_while_the_tables_of_a_copy_are_built()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("pointbook-migration-");
        try
        {
            await using SqliteStore store = SqliteStore.Open(
                new SqliteStoreOptions { Directory = directory.FullName }, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
            StoredPartition stored = ((IStore)store).Partitions[0];
            PartitionParts parts = Migration.PartsOf(stored, JournalHead.Empty, (_, _, _) => _ => { }, TimeProvider.System);
            Assert.False(parts.Sweeps);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
