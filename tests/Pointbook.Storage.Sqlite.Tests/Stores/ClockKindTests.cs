using Pointbook.Engine.Hosting;
using Pointbook.Storage.Sqlite.Tests.Support;

namespace Pointbook.Storage.Sqlite.Tests.Stores;

/// <summary>A store keeps forever the kind of clock that it was first used with.</summary>
public sealed class ClockKindTests : IAsyncLifetime
{
    private readonly SqliteHost _host = new() { BusyTimeout = TimeSpan.FromMilliseconds(100) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_first_claim_counts(bool isTest)
    {
        Assert.Null(_host.Store.Journal.ReadClockKind());
        Assert.Equal(isTest, await _host.Store.ClaimClockAsync(isTest, Token));
        Assert.Equal(isTest, await _host.Store.ClaimClockAsync(!isTest, Token));
        await _host.OpenAsync();
        Assert.Equal(isTest, _host.Store.Journal.ReadClockKind());
        Assert.Equal(isTest, await _host.Store.ClaimClockAsync(!isTest, Token));
    }

    [Fact]
    public async Task A_claim_that_cannot_be_stored_fails()
    {
        using (Sql other = new(_host.Files.Journal))
        {
            other.Run("BEGIN IMMEDIATE");
            StoreException failed = await Assert.ThrowsAsync<StoreException>(() => _host.Store.ClaimClockAsync(isTest: true, Token));
            Assert.Contains("locked", failed.Message, StringComparison.Ordinal);
        }

        Assert.False(await _host.Store.ClaimClockAsync(isTest: false, Token));
    }
}
