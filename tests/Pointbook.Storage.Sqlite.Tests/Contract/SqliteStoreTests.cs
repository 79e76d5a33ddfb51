using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Contract;

/// <summary>The journal in a SQLite file keeps the contract.</summary>
public sealed class SqliteJournalTests : JournalContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>The account store in a SQLite file keeps the contract.</summary>
public sealed class SqliteAccountStoreTests : AccountStoreContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>The read model in SQLite files keeps the contract.</summary>
public sealed class SqliteReadModelTests : ReadModelContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>The ledger on SQLite files keeps its promises.</summary>
public sealed class SqliteLedgerTests : LedgerContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>A row of a SQLite file that was changed costs its account.</summary>
public sealed class SqliteDamagedRowsTests : DamagedRowsContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>A changed row of a SQLite file is found.</summary>
public sealed class SqliteVerificationTests : VerificationContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>A SQLite file knows which accounts it has.</summary>
public sealed class SqliteDirectoryTests : DirectoryContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>Erased accounts are gone from SQLite files.</summary>
public sealed class SqliteErasureTests : ErasureContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}
