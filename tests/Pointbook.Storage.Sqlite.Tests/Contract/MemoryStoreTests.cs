using Pointbook.StorageContract;
using Pointbook.StorageContract.Memory;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Contract;

/// <summary>The store in memory keeps the contract, so that what is tested on it means something.</summary>
public sealed class MemoryJournalTests : JournalContract
{
    protected override StoreHost CreateHost() => new MemoryHost();
}

/// <summary>The account store in memory keeps the contract.</summary>
public sealed class MemoryAccountStoreTests : AccountStoreContract
{
    protected override StoreHost CreateHost() => new MemoryHost();
}

/// <summary>The read model in memory keeps the contract.</summary>
public sealed class MemoryReadModelTests : ReadModelContract
{
    protected override StoreHost CreateHost() => new MemoryHost();
}

/// <summary>The ledger on the store in memory keeps its promises.</summary>
public sealed class MemoryLedgerTests : LedgerContract
{
    protected override StoreHost CreateHost() => new MemoryHost();
}
