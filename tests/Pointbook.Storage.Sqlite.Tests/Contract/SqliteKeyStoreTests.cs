using Pointbook.Access;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract;

namespace Pointbook.Storage.Sqlite.Tests.Contract;

/// <summary>The key store in a SQLite file fulfils the contract.</summary>
public sealed class SqliteKeyStoreTests : KeyStoreContract
{
    private readonly TempDirectory _files = new();

    protected override Task CreatePlaceAsync() => Task.CompletedTask;

    // This is far more than any machine needs, so that nothing fails because it waited.
    protected override Task<IKeyStore> OpenAsync() =>
        Task.FromResult<IKeyStore>(SqliteKeyStore.Open(new SqliteStoreOptions { Directory = _files.Path, BusyTimeout = TimeSpan.FromMinutes(1) }));

    protected override Task RemovePlaceAsync()
    {
        _files.Dispose();
        return Task.CompletedTask;
    }
}
