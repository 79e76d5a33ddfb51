using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Contract;

/// <summary>The journal in a SQLite file fulfils the contract.</summary>
public sealed class SqliteJournalTests : JournalContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>The account store in a SQLite file fulfils the contract.</summary>
public sealed class SqliteAccountStoreTests : AccountStoreContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>The read model in SQLite files fulfils the contract.</summary>
public sealed class SqliteReadModelTests : ReadModelContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>The ledger on SQLite files fulfils its contract.</summary>
public sealed class SqliteLedgerTests : LedgerContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>If a row of a SQLite file was changed, the server refuses the row's account.</summary>
public sealed class SqliteDamagedRowsTests : DamagedRowsContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>Verification finds a changed row of a SQLite file.</summary>
public sealed class SqliteVerificationTests : VerificationContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>The account directory of a SQLite file is complete.</summary>
public sealed class SqliteDirectoryTests : DirectoryContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>Erased accounts are removed from SQLite files.</summary>
public sealed class SqliteErasureTests : ErasureContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}

/// <summary>Tables of a SQLite file that are emptied give no wrong answer.</summary>
public sealed class SqliteEmptiedTests : EmptiedContract
{
    protected override StoreHost CreateHost() => new SqliteHost();
}
