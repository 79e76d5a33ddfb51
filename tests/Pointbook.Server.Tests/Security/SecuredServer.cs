using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>A server with one key of each kind.</summary>
public sealed class SecuredServer : IAsyncLifetime
{
    private const string Everything = "everything";

    internal RunningServer Server { get; private set; } = null!;

    /// <summary>What each kind of caller sends, by the name of the kind.</summary>
    internal IReadOnlyDictionary<string, TestCaller> Callers { get; private set; } = null!;

    /// <summary>A key that has all scopes.</summary>
    internal string All => Callers[Everything].Secret!;

    public async ValueTask InitializeAsync()
    {
        Server = await RunningServer.StartAsync();
        Dictionary<string, TestCaller> holders = new()
        {
            ["nobody"] = new TestCaller(null) { Refusal = "missing_key" },
            ["a stranger"] = new TestCaller(Support.KeyExtensions.NewSecret().Reveal()) { Refusal = "invalid_key" },
            ["nonsense"] = new TestCaller("pb_nonsense") { Refusal = "invalid_key" },
            ["a token although tokens are off"] = new TestCaller("eyJhbGciOiJub25lIn0.e30.") { Refusal = "invalid_key" },
            [Everything] = await CreateAsync("everything", Scopes.All),
            ["limited to shops"] = await CreateAsync("shops", Scopes.All & ~Scopes.Admin, "shop:*"),
            ["limited to default"] = await CreateAsync("default", Scopes.All & ~Scopes.Admin, "default"),
            ["limited, may only read"] = await CreateAsync("shop-reader", Scopes.Read, "shop:1"),
        };
        foreach (string scope in ScopeNames.All)
        {
            holders[$"may only {scope}"] = await CreateAsync("only-" + scope, ScopeNames.Find(scope)!.Value);
            holders[$"may all but {scope}"] = await CreateAsync("not-" + scope, Scopes.All & ~ScopeNames.Find(scope)!.Value);
        }

        holders["expired"] = await CreateAsync("expired", Scopes.All, expiresAt: Instant.FromUnixMicroseconds(1)) with { Refusal = "expired_key" };
        TestCaller revoked = await CreateAsync("revoked", Scopes.All);
        await Server.RevokeElsewhereAsync(revoked.Secret!);
        holders["revoked"] = revoked with { Refusal = "invalid_key" };
        await Eventually.TrueAsync(async () => (await Server.SendAsync(revoked.Secret!, HttpMethod.Get, "/balance")).Status == 401);
        Callers = holders;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>The number of entries in the journal.</summary>
    internal async Task<long> CountEntriesAsync() =>
        (await Server.SendAsync(All, HttpMethod.Get, "/v1/journal")).AssertIs(200).As(Contracts.ReplyJson.Default.JournalHeads).Partitions[0].LastSequence;

    private async Task<TestCaller> CreateAsync(string name, Scopes scopes, string accounts = "", Instant? expiresAt = null) =>
        new(await Server.CreateKeyAsync(name, scopes, accounts, expiresAt)) { Scopes = scopes, Accounts = accounts };

    /// <param name="Secret">The key that the caller sends; null for none.</param>
    internal sealed record TestCaller(string? Secret)
    {
        /// <summary>The code with which the server refuses every request of the caller, or null.</summary>
        public string? Refusal { get; init; }

        public Scopes Scopes { get; init; }

        /// <summary>The accounts to which the key is limited; empty for all.</summary>
        public string Accounts { get; init; } = "";
    }
}
