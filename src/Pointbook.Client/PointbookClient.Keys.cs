using System.Text.Json;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <content>API keys, for callers with the scope <c>admin</c>.</content>
public sealed partial class PointbookClient
{
    private const string KeysPath = "v1/keys";

    /// <summary>
    /// Creates an API key. <see cref="Key.Secret"/> of the reply is the API key itself. The server cannot return it again.
    /// </summary>
    /// <remarks>
    /// The client sends this request only once. If no reply arrives, call <see cref="ListKeysAsync"/>, revoke the API key if
    /// it exists, and create another.
    /// </remarks>
    /// <param name="key">The properties of the API key.</param>
    /// <param name="cancellationToken">Cancels the call. The server may still create the API key.</param>
    public Task<Key> CreateKeyAsync(KeyRequest key, CancellationToken cancellationToken = default)
    {
        Call call = new(HttpMethod.Post, KeysPath) { Body = JsonSerializer.SerializeToUtf8Bytes(key, RequestJson.Default.KeyRequest) };
        return SendAsync(call, ReplyJson.Default.Key, cancellationToken);
    }

    /// <summary>
    /// Lists the API keys in the order in which they were created, including revoked ones. The client requests pages as
    /// needed.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public IAsyncEnumerable<Key> ListKeysAsync(CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText(KeysPath), ReplyJson.Default.PageKey, cancellationToken);

    /// <summary>Reads an API key in its current state.</summary>
    /// <param name="id">The id of the API key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<Key> ReadKeyAsync(string id, CancellationToken cancellationToken = default) =>
        AskAsync($"{KeysPath}/{Segment(id)}", ReplyJson.Default.Key, cancellationToken);

    /// <summary>
    /// Revokes an API key. A repeat changes nothing more, so the client sends the request again if no reply arrives.
    /// </summary>
    /// <param name="id">The id of the API key.</param>
    /// <param name="cancellationToken">Cancels the call. The server may still revoke the API key.</param>
    public Task<Key> RevokeKeyAsync(string id, CancellationToken cancellationToken = default)
    {
        Call call = new(HttpMethod.Post, $"{KeysPath}/{Segment(id)}/revocation") { IsQuestion = true };
        return SendAsync(call, ReplyJson.Default.Key, cancellationToken);
    }
}
