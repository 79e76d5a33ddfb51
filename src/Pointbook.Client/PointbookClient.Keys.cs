using System.Text.Json;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <content>API keys, for callers with the scope <c>admin</c>.</content>
public sealed partial class PointbookClient
{
    private const string KeysPath = "v1/keys";

    /// <summary>Creates a key. <see cref="Key.Secret"/> of the reply is the key itself. The server never returns it again.</summary>
    /// <remarks>The client sends this once. If no answer comes, call <see cref="ListKeysAsync"/>, revoke the key if it exists, and create another.</remarks>
    /// <param name="key">The properties of the key.</param>
    /// <param name="cancellationToken">Cancels the call. The server may still create the key.</param>
    public Task<Key> CreateKeyAsync(KeyRequest key, CancellationToken cancellationToken = default)
    {
        Call call = new(HttpMethod.Post, KeysPath) { Body = JsonSerializer.SerializeToUtf8Bytes(key, RequestJson.Default.KeyRequest) };
        return SendAsync(call, ReplyJson.Default.Key, cancellationToken);
    }

    /// <summary>Lists the keys in the order in which they were created, revoked ones included.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public IAsyncEnumerable<Key> ListKeysAsync(CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText(KeysPath), ReplyJson.Default.PageKey, cancellationToken);

    /// <summary>Reads a key in its current state.</summary>
    /// <param name="id">The id of the key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<Key> ReadKeyAsync(string id, CancellationToken cancellationToken = default) =>
        AskAsync($"{KeysPath}/{Segment(id)}", ReplyJson.Default.Key, cancellationToken);

    /// <summary>Revokes a key. A repeat changes nothing more, so the client sends the request again if no answer comes.</summary>
    /// <param name="id">The id of the key.</param>
    /// <param name="cancellationToken">Cancels the call. The server may still revoke the key.</param>
    public Task<Key> RevokeKeyAsync(string id, CancellationToken cancellationToken = default)
    {
        Call call = new(HttpMethod.Post, $"{KeysPath}/{Segment(id)}/revocation") { IsQuestion = true };
        return SendAsync(call, ReplyJson.Default.Key, cancellationToken);
    }
}
