using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Keys;

namespace Pointbook.Server.Tests.Support;

/// <summary>Adds keys to the store of a running server, and sends requests with them.</summary>
internal static class KeyExtensions
{
    public static KeySecret NewSecret() => KeySecret.Create(RandomNumberGenerator.GetBytes(KeySecret.RandomLength));

    /// <summary>Creates a key that the server knows at once.</summary>
    public static async Task<string> CreateKeyAsync(this RunningServer server, string name, Scopes scopes, string accounts = "", Instant? expiresAt = null)
    {
        KeySecret secret = NewSecret();
        ApiKey key = new(
            secret.Id, KeyName.FromTrusted(name), secret.Hash, scopes, AccountLimits.FromTrusted(accounts), Instant.FromUnixMicroseconds(0), "test")
        {
            ExpiresAt = expiresAt,
        };
        KeyRing ring = server.Services.GetRequiredService<KeyRing>();
        Assert.Equal(KeyAddition.Added, await ring.Store.AddAsync(key, 100, TestContext.Current.CancellationToken));
        await ring.RefreshAsync();
        return secret.Reveal();
    }

    /// <summary>Revokes a key as another process would. The server must notice by itself.</summary>
    public static async Task RevokeElsewhereAsync(this RunningServer server, string secret)
    {
        Assert.True(KeySecret.TryParse(secret, out KeySecret? key));
        IKeyStore store = server.Services.GetRequiredService<KeyRing>().Store;
        Assert.NotNull(await store.RevokeAsync(key.Id, Instant.FromUnixMicroseconds(1), "test", TestContext.Current.CancellationToken));
    }

    /// <summary>Sends a request with a key, or without one.</summary>
    public static Task<Reply> SendAsync(
        this RunningServer server, string? secret, HttpMethod method, string path, string? body = null, string contentType = "application/json")
    {
        HttpRequestMessage request = new(method, path);
        if (secret is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + secret);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body);
            request.Content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue(contentType);
        }

        return server.SendAsync(request);
    }
}
