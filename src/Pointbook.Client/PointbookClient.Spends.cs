using Pointbook.Contracts;

namespace Pointbook.Client;

/// <content>Spends, from preview to reversal.</content>
public sealed partial class PointbookClient
{
    /// <summary>Spends points, oldest first across all payers, or holds them.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="spend">The number of points, and the optional duration of the hold.</param>
    /// <param name="idempotencyKey">
    /// The idempotency key. Null: the client creates one. <see cref="NoKey"/>: the client sends none.
    /// </param>
    /// <param name="cancellationToken">Cancels the call. The server may still carry out the write.</param>
    public Task<Spend> SpendAsync(
        string account, SpendRequest spend, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        WriteAsync(AccountPath(account, "spends"), spend, RequestJson.Default.SpendRequest, ReplyJson.Default.Spend, idempotencyKey, cancellationToken);

    /// <summary>Shows what a spend would draw if the server carried it out now. The server writes nothing.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="spend">The number of points.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<SpendPreview> PreviewSpendAsync(string account, SpendRequest spend, CancellationToken cancellationToken = default)
    {
        Call call = new(HttpMethod.Post, AccountPath(account, "spends/preview"))
        {
            Body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(spend, RequestJson.Default.SpendRequest),
            IsQuestion = true,
        };
        return SendAsync(call, ReplyJson.Default.SpendPreview, cancellationToken);
    }

    /// <summary>Reads a spend in its current state.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="id">The id of the spend.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<Spend> ReadSpendAsync(string account, string id, CancellationToken cancellationToken = default) =>
        AskAsync(AccountPath(account, $"spends/{Segment(id)}"), ReplyJson.Default.Spend, cancellationToken);

    /// <summary>Makes a pending spend final.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="id">The id of the spend.</param>
    /// <param name="note">The note to record, or null.</param>
    /// <param name="idempotencyKey">
    /// The idempotency key. Null: the client creates one. <see cref="NoKey"/>: the client sends none.
    /// </param>
    /// <param name="cancellationToken">Cancels the call. The server may still carry out the write.</param>
    public Task<Capture> CaptureSpendAsync(
        string account, string id, NoteRequest? note = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        NoteAsync(AccountPath(account, $"spends/{Segment(id)}/capture"), note, ReplyJson.Default.Capture, idempotencyKey, cancellationToken);

    /// <summary>Returns the points of a spend to the lots from which the spend drew them.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="id">The id of the spend.</param>
    /// <param name="note">The note to record, or null.</param>
    /// <param name="idempotencyKey">
    /// The idempotency key. Null: the client creates one. <see cref="NoKey"/>: the client sends none.
    /// </param>
    /// <param name="cancellationToken">Cancels the call. The server may still carry out the write.</param>
    public Task<Reversal> ReverseSpendAsync(
        string account, string id, NoteRequest? note = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        NoteAsync(AccountPath(account, $"spends/{Segment(id)}/reversal"), note, ReplyJson.Default.Reversal, idempotencyKey, cancellationToken);
}
