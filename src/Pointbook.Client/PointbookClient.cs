using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pointbook.Contracts;
using Polly;
using Polly.Timeout;

namespace Pointbook.Client;

/// <summary>Calls a Pointbook server. Thread-safe. One instance is enough for a program.</summary>
/// <remarks>
/// <para>
/// If the server does not carry out a request, the client throws a <see cref="PointbookException"/>. If it cannot reach the
/// server, it throws an <see cref="HttpRequestException"/>. If the server does not answer in time, it throws a
/// <see cref="TimeoutException"/>.
/// </para>
/// <para>
/// The client repeats reads, and writes with an idempotency key. It does so if the connection breaks, if an attempt times
/// out, or if the reply says that a repeat may help (<see cref="Problem.Retry"/>). It also does so if a proxy replies with
/// 408, 429 or a status above 500. It waits as long as the reply asks for, up to a limit.
/// </para>
/// <para>
/// If the caller passes no idempotency key, the client creates one for the write. With <see cref="NoKey"/>, the client sends
/// none, and never repeats the write. Pass an idempotency key of your own, such as an order number. Then you can repeat the
/// write even after a crash of the calling program.
/// </para>
/// </remarks>
public sealed partial class PointbookClient
{
    /// <summary>Pass this instead of an idempotency key to send none. The client then sends the write only once.</summary>
    public const string NoKey = "";

    // The server's largest page.
    private const int PageLimit = 500;

    private readonly HttpClient _http;
    private readonly AuthenticationHeaderValue? _authorization;
    private readonly PointbookClientOptions _options;
    private readonly ResiliencePipeline<HttpResponseMessage> _repeating;
    private readonly ResiliencePipeline<HttpResponseMessage> _once;

    /// <summary>Creates a client.</summary>
    /// <param name="http">
    /// Sends the requests. Its <see cref="HttpClient.BaseAddress"/> is the server's address. Its timeout also applies to
    /// imports.
    /// </param>
    /// <param name="options">How the client waits and repeats requests. Null: the defaults.</param>
    /// <exception cref="ArgumentException">The address is missing, or an option is out of range.</exception>
    public PointbookClient(HttpClient http, PointbookClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        _options = options ?? new PointbookClientOptions();
        if (http.BaseAddress is null)
        {
            throw new ArgumentException("Set BaseAddress to the server's address, such as http://127.0.0.1:5080.", nameof(http));
        }

        if (_options.Fault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        _http = http;
        _authorization = _options.ApiKey is { } key ? new AuthenticationHeaderValue("Bearer", key) : null;
        _repeating = RetryPolicy.Repeating(_options);
        _once = RetryPolicy.Once(_options);
    }

    /// <summary>
    /// Creates an idempotency key for one write, as the client does if the caller passes none. Keep it to repeat the write
    /// yourself.
    /// </summary>
    public string NewKey() => _options.NewKey();

    private static string AccountPath(string account, string rest)
    {
        ArgumentException.ThrowIfNullOrEmpty(account);
        // The segments . and .. would lead to another path.
        return account is "." or ".."
            ? throw new ArgumentException("An account must not be . or ..", nameof(account))
            : $"v1/accounts/{Uri.EscapeDataString(account)}/{rest}";
    }

    private static string Segment(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return Uri.EscapeDataString(id);
    }

    private Task<TReply> AskAsync<TReply>(string path, JsonTypeInfo<TReply> reply, CancellationToken cancellationToken) =>
        SendAsync(new Call(HttpMethod.Get, path) { IsQuestion = true }, reply, cancellationToken);

    private Task<TReply> WriteAsync<TBody, TReply>(
        string path, TBody body, JsonTypeInfo<TBody> typeInfo, JsonTypeInfo<TReply> reply, string? key, CancellationToken cancellationToken)
    {
        Call call = new(HttpMethod.Post, path)
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(body, typeInfo),
            Key = key is null ? _options.NewKey() : key.Length == 0 ? null : key,
        };
        return SendAsync(call, reply, cancellationToken);
    }

    private Task<TReply> NoteAsync<TReply>(
        string path, NoteRequest? note, JsonTypeInfo<TReply> reply, string? key, CancellationToken cancellationToken) =>
        WriteAsync(path, note ?? new NoteRequest(), RequestJson.Default.NoteRequest, reply, key, cancellationToken);

    private async IAsyncEnumerable<T> ListAsync<T>(
        QueryText query, JsonTypeInfo<Page<T>> reply, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string path = query.Add("limit", PageLimit).ToString();
        string? cursor = null;
        do
        {
            Page<T> page = await AskAsync(new QueryText(path).Add("cursor", cursor).ToString(), reply, cancellationToken).ConfigureAwait(false);
            foreach (T item in page.Items)
            {
                yield return item;
            }

            cursor = page.NextCursor;
        }
        while (cursor is not null);
    }

    private async Task<TReply> SendAsync<TReply>(Call call, JsonTypeInfo<TReply> reply, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(call, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return JsonSerializer.Deserialize(body, reply) ?? throw new JsonException("The reply is null.");
    }

    private async Task<HttpResponseMessage> SendAsync(Call call, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        ResiliencePipeline<HttpResponseMessage> pipeline = call.IsRepeatable ? _repeating : _once;
        try
        {
            HttpResponseMessage response = await pipeline.ExecuteAsync(
                static (state, token) => new ValueTask<HttpResponseMessage>(
                    Transport.RunAsync(attempt => state.Client.AttemptAsync(state.Call, state.Completion, attempt), token)),
                (Client: this, Call: call, Completion: completion),
                cancellationToken).ConfigureAwait(false);
            return await MustBeDoneAsync(response, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException late)
        {
            throw new TimeoutException($"The server did not answer within {_options.AttemptTimeout}.", late);
        }
    }

    private async Task<HttpResponseMessage> AttemptAsync(Call call, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = call.ToRequest(_authorization);
        HttpResponseMessage response = await _http.SendAsync(request, completion, cancellationToken).ConfigureAwait(false);
        try
        {
            // A problem that breaks off is a failure of this attempt. Whoever reads the problem later reads it from memory.
            await ProblemBody.LoadAsync(response, cancellationToken).ConfigureAwait(false);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static async Task<HttpResponseMessage> MustBeDoneAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw new PointbookException(response.StatusCode, await ProblemBody.ReadAsync(response, cancellationToken).ConfigureAwait(false));
        }
    }
}
