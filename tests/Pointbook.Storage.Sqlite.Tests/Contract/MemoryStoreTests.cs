using Pointbook.StorageContract;
using Pointbook.StorageContract.Memory;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Contract;

/// <summary>The journal in memory fulfils the contract, so tests that use it are meaningful.</summary>
public sealed class MemoryJournalTests : JournalContract
{
    protected override StoreHost CreateHost() => new MemoryHost();
}

/// <summary>The account store in memory fulfils the contract.</summary>
public sealed class MemoryAccountStoreTests : AccountStoreContract
{
    protected override StoreHost CreateHost() => new MemoryHost();
}

/// <summary>The read model in memory fulfils the contract.</summary>
public sealed class MemoryReadModelTests : ReadModelContract
{
    protected override StoreHost CreateHost() => new MemoryHost();
}

/// <summary>The ledger on the store in memory fulfils its contract.</summary>
public sealed class MemoryLedgerTests : LedgerContract
{
    protected override StoreHost CreateHost() => new MemoryHost();
}
