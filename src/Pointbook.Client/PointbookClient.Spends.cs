using Pointbook.Contracts;

namespace Pointbook.Client;

/// <content>Spends, from trying out to undoing.</content>
public sealed partial class PointbookClient
{
    /// <summary>Spends points, oldest first across payers, or holds them.</summary>
    /// <param name="account">Whose points.</param>
    /// <param name="spend">How many, and for how long they are held if they are.</param>
    /// <param name="idempotencyKey">The key of the write; null for a new one, <see cref="NoKey"/> for none.</param>
    /// <param name="cancellationToken">Gives up. The write may be carried out all the same.</param>
    public Task<Spend> SpendAsync(
        string account, SpendRequest spend, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        WriteAsync(AccountPath(account, "spends"), spend, RequestJson.Default.SpendRequest, ReplyJson.Default.Spend, idempotencyKey, cancellationToken);

    /// <summary>Says what a spend would take if it were carried out now.</summary>
    /// <param name="account">Whose points.</param>
    /// <param name="spend">How many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<SpendPreview> PreviewSpendAsync(string account, SpendRequest spend, CancellationToken cancellationToken = default)
    {
        Call call = new(HttpMethod.Post, AccountPath(account, "spends/preview"))
        {
            Body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(spend, RequestJson.Default.SpendRequest),
            IsQuestion = true,
        };
        return SendAsync(call, ReplyJson.Default.SpendPreview, cancellationToken);
    }

    /// <summary>Reads a spend as it is now.</summary>
    /// <param name="account">Whose points were spent.</param>
    /// <param name="id">The id of the spend.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Spend> ReadSpendAsync(string account, string id, CancellationToken cancellationToken = default) =>
        AskAsync(AccountPath(account, $"spends/{Segment(id)}"), ReplyJson.Default.Spend, cancellationToken);

    /// <summary>Makes a pending spend final.</summary>
    /// <param name="account">Whose points are held.</param>
    /// <param name="id">The id of the spend.</param>
    /// <param name="note">What to say about it, or null.</param>
    /// <param name="idempotencyKey">The key of the write; null for a new one, <see cref="NoKey"/> for none.</param>
    /// <param name="cancellationToken">Gives up. The write may be carried out all the same.</param>
    public Task<Capture> CaptureSpendAsync(
        string account, string id, NoteRequest? note = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        NoteAsync(AccountPath(account, $"spends/{Segment(id)}/capture"), note, ReplyJson.Default.Capture, idempotencyKey, cancellationToken);

    /// <summary>Gives back what a spend took, to the very transactions.</summary>
    /// <param name="account">Whose points were spent.</param>
    /// <param name="id">The id of the spend.</param>
    /// <param name="note">What to say about it, or null.</param>
    /// <param name="idempotencyKey">The key of the write; null for a new one, <see cref="NoKey"/> for none.</param>
    /// <param name="cancellationToken">Gives up. The write may be carried out all the same.</param>
    public Task<Reversal> ReverseSpendAsync(
        string account, string id, NoteRequest? note = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        NoteAsync(AccountPath(account, $"spends/{Segment(id)}/reversal"), note, ReplyJson.Default.Reversal, idempotencyKey, cancellationToken);
}
