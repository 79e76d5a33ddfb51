using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>A server that accepts the tokens of one issuer and has no key.</summary>
public class TokenServer : IAsyncLifetime
{
    internal Tokens Tokens { get; } = new();

    internal CollectedLog Log { get; } = new();

    internal RunningServer Server { get; private set; } = null!;

    /// <summary>Further arguments for the server.</summary>
    protected virtual string[] Arguments => [];

    public async ValueTask InitializeAsync() =>
        Server = await RunningServer.StartAsync(builder => builder.Logging.AddProvider(Log), [.. Tokens.Arguments, .. Arguments, .. CollectedLog.Everything]);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Tokens.Dispose();
        GC.SuppressFinalize(this);
    }

    internal Task<Reply> GetAsync(string token, string path = "/balance") => Server.SendAsync(token, HttpMethod.Get, path);

    internal Task<Reply> GetAsync(JsonObject claims, string path = "/balance") => GetAsync(Tokens.Sign(claims), path);

    /// <summary>Fails unless the server refuses the token. The reply and the log must repeat no part of it.</summary>
    internal async Task<Reply> AssertRefusedAsync(string token)
    {
        int before = Log.Lines.Count;
        Reply reply = (await GetAsync(token)).AssertIs(401, "invalid_token");
        Assert.Equal("Authorization", reply.Problem.Member);
        Assert.StartsWith("Bearer realm=\"pointbook\", error=\"invalid_token\"", reply.Header("WWW-Authenticate"), StringComparison.Ordinal);
        string all = string.Join('\n', Log.Lines.Skip(before).Select(line => line.Text + line.Rest)) + reply.Body + reply.Header("WWW-Authenticate");
        Assert.All(
            token.Split('.').Append(token).Where(part => part.Length > 8),
            part => Assert.False(all.Contains(part, StringComparison.Ordinal), $"{part} is repeated in: {all}"));
        return reply;
    }
}
