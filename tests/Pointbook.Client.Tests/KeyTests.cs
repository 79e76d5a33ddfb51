using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Pointbook.Client.Tests.Support;
using Pointbook.Contracts;

namespace Pointbook.Client.Tests;

/// <summary>A client sends its key with every request, and may manage keys.</summary>
public sealed class KeyTests
{
    private static readonly DateTimeOffset Timestamp = new(2020, 10, 31, 10, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_are_created_used_listed_and_revoked()
    {
        LiveServer server = new();
        await server.InitializeAsync();
        await using IAsyncDisposable _ = server;
        Key admin = await server.Client.CreateKeyAsync(new KeyRequest("admin", ["admin", "read", "add"]), Cancellation);
        PointbookException nobody = await Assert.ThrowsAsync<PointbookException>(() => server.Client.ReadBalanceAsync("a", cancellationToken: Cancellation));
        Assert.Equal((HttpStatusCode.Unauthorized, "missing_key"), (nobody.Status, nobody.Code));

        PointbookClient client = NewClient(server, admin.Secret);
        Key shop = await client.CreateKeyAsync(new KeyRequest("shop", ["read"]) { Accounts = ["shop:*"], ExpiresAfter = "P1D" }, Cancellation);
        PointbookClient limited = NewClient(server, shop.Secret);
        Assert.Equal(0, (await limited.ReadBalanceAsync("shop:1", cancellationToken: Cancellation)).Points);
        PointbookException other = await Assert.ThrowsAsync<PointbookException>(() => limited.ReadBalanceAsync("a", cancellationToken: Cancellation));
        Assert.Equal((HttpStatusCode.Forbidden, "account_not_allowed"), (other.Status, other.Code));

        ImportResult imported = await client.ImportAsync(Items(), Cancellation);
        Assert.Equal(1, imported.Summary.Accepted);
        Assert.Equal("admin", (await client.ReadJournalAsync(0, cancellationToken: Cancellation).FirstAsync(item => item.Entry is not null, Cancellation)).Entry!.Actor);

        Assert.Equal(KeyStatus.Active, (await client.ReadKeyAsync(shop.Id, Cancellation)).Status);
        Assert.Equal(KeyStatus.Revoked, (await client.RevokeKeyAsync(shop.Id, Cancellation)).Status);
        Assert.Equal(["admin", "shop"], await client.ListKeysAsync(Cancellation).Select(key => key.Name).ToListAsync(Cancellation));
        Assert.Equal("invalid_key", (await Assert.ThrowsAsync<PointbookException>(() => limited.ReadBalanceAsync("shop:1", cancellationToken: Cancellation))).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pb_ 1")]
    [InlineData("pb_1\n")]
    public void The_client_refuses_an_impossible_API_key(string key)
    {
        using HttpClient http = new() { BaseAddress = new Uri("http://127.0.0.1:1") };
        Assert.Contains("ApiKey", Assert.Throws<ArgumentException>(() => new PointbookClient(http, new PointbookClientOptions { ApiKey = key })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_API_key_is_configured_with_the_services()
    {
        LiveServer server = new();
        await server.InitializeAsync();
        await using IAsyncDisposable _ = server;
        Key admin = await server.Client.CreateKeyAsync(new KeyRequest("admin", ["admin"]), Cancellation);
        ServiceCollection services = [];
        services.AddPointbookClient(server.Address, options => options.ApiKey = admin.Secret);
        await using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Equal("admin", (await provider.GetRequiredService<PointbookClient>().ReadKeyAsync(admin.Id, Cancellation)).Name);
    }

    private static PointbookClient NewClient(LiveServer server, string? key) =>
        new(new HttpClient { BaseAddress = server.Address }, new PointbookClientOptions { ApiKey = key });

    private static async IAsyncEnumerable<BulkTransaction> Items()
    {
        await Task.Yield();
        yield return new BulkTransaction("a", "A", 1, Timestamp);
    }
}
