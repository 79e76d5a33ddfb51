using Pointbook.Clusters;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Contract;

/// <summary>The journal in a PostgreSQL database fulfils the contract.</summary>
public sealed class PostgresJournalTests(SharedCluster cluster) : JournalContract
{
    protected override StoreHost CreateHost() => new PostgresHost(cluster);
}

/// <summary>The account store in a PostgreSQL database fulfils the contract.</summary>
public sealed class PostgresAccountStoreTests(SharedCluster cluster) : AccountStoreContract
{
    protected override StoreHost CreateHost() => new PostgresHost(cluster);
}

/// <summary>The read model in a PostgreSQL database fulfils the contract.</summary>
public sealed class PostgresReadModelTests(SharedCluster cluster) : ReadModelContract
{
    protected override StoreHost CreateHost() => new PostgresHost(cluster);
}

/// <summary>The ledger on a PostgreSQL database fulfils its contract.</summary>
public sealed class PostgresLedgerTests(SharedCluster cluster) : LedgerContract
{
    protected override int Samples => 20;

    protected override StoreHost CreateHost() => new PostgresHost(cluster);
}

/// <summary>If a row of a PostgreSQL database was changed, the server refuses the row's account.</summary>
public sealed class PostgresDamagedRowsTests(SharedCluster cluster) : DamagedRowsContract
{
    protected override StoreHost CreateHost() => new PostgresHost(cluster);
}

/// <summary>Verification finds a changed row of a PostgreSQL database.</summary>
public sealed class PostgresVerificationTests(SharedCluster cluster) : VerificationContract
{
    protected override StoreHost CreateHost() => new PostgresHost(cluster);
}

/// <summary>The account directory of a PostgreSQL database is complete.</summary>
public sealed class PostgresDirectoryTests(SharedCluster cluster) : DirectoryContract
{
    protected override StoreHost CreateHost() => new PostgresHost(cluster);
}

/// <summary>Erased accounts are removed from a PostgreSQL database.</summary>
public sealed class PostgresErasureTests(SharedCluster cluster) : ErasureContract
{
    protected override StoreHost CreateHost() => new PostgresHost(cluster);
}

/// <summary>Tables of a PostgreSQL database that are emptied give no wrong answer.</summary>
public sealed class PostgresEmptiedTests(SharedCluster cluster) : EmptiedContract
{
    protected override StoreHost CreateHost() => new PostgresHost(cluster);
}
