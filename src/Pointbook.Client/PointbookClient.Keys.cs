using System.Text.Json;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <content>API keys, for programs that have the scope <c>admin</c>.</content>
public sealed partial class PointbookClient
{
    private const string KeysPath = "v1/keys";

    /// <summary>Creates a key. <see cref="Key.Secret"/> of the reply is the key itself, and cannot be had again.</summary>
    /// <remarks>It is sent once: if no answer comes, look with <see cref="ListKeysAsync"/>, revoke the key if it is there, and create another.</remarks>
    /// <param name="key">What it is to be like.</param>
    /// <param name="cancellationToken">Gives up. The key may be created all the same.</param>
    public Task<Key> CreateKeyAsync(KeyRequest key, CancellationToken cancellationToken = default)
    {
        Call call = new(HttpMethod.Post, KeysPath) { Body = JsonSerializer.SerializeToUtf8Bytes(key, RequestJson.Default.KeyRequest) };
        return SendAsync(call, ReplyJson.Default.Key, cancellationToken);
    }

    /// <summary>The keys in the order in which they were created, revoked ones included.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public IAsyncEnumerable<Key> ListKeysAsync(CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText(KeysPath), ReplyJson.Default.PageKey, cancellationToken);

    /// <summary>Reads a key as it stands.</summary>
    /// <param name="id">The id of the key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Key> ReadKeyAsync(string id, CancellationToken cancellationToken = default) =>
        AskAsync($"{KeysPath}/{Segment(id)}", ReplyJson.Default.Key, cancellationToken);

    /// <summary>Revokes a key. Doing it again does nothing more, so it is sent again if no answer comes.</summary>
    /// <param name="id">The id of the key.</param>
    /// <param name="cancellationToken">Gives up. The key may be revoked all the same.</param>
    public Task<Key> RevokeKeyAsync(string id, CancellationToken cancellationToken = default)
    {
        Call call = new(HttpMethod.Post, $"{KeysPath}/{Segment(id)}/revocation") { IsQuestion = true };
        return SendAsync(call, ReplyJson.Default.Key, cancellationToken);
    }
}
