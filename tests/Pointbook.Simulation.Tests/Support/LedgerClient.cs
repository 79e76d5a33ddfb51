using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Pointbook.Simulation.Tests.Support;

/// <summary>A client of the server with its own connections.</summary>
internal sealed class LedgerClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Func<Uri> _address;

    public LedgerClient(Uri address)
        : this(() => address, Deadline.Short)
    {
    }

    /// <summary>A client of a server that may change its address and may not answer.</summary>
    public LedgerClient(Func<Uri> address, TimeSpan patience)
    {
        _address = address;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = patience };
    }

    public Task<Reply> PostAsync(string path, string body, string? key = null) => SendAsync(HttpMethod.Post, path, body, key);

    public Task<Reply> GetAsync(string path) => SendAsync(HttpMethod.Get, path, body: null, key: null);

    /// <summary>Adds a transaction to an account.</summary>
    public Task<Reply> AddAsync(string account, string payer, long points, string timestamp, string? key = null) =>
        PostAsync($"/v1/accounts/{account}/transactions", Bodies.Transaction(payer, points, timestamp), key);

    /// <summary>Spends points of an account.</summary>
    public Task<Reply> SpendAsync(string account, long points, string? key = null) =>
        PostAsync($"/v1/accounts/{account}/spends", Bodies.Spend(points), key);

    /// <summary>Each payer's balance in an account, in the order of the reply.</summary>
    public async Task<IReadOnlyList<KeyValuePair<string, long>>> BalanceAsync(string account)
    {
        Reply reply = await ReadBalanceReplyAsync(account);
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        return ToBalance(reply);
    }

    /// <summary>Asks for the balance of an account.</summary>
    public Task<Reply> ReadBalanceReplyAsync(string account) => GetAsync($"/v1/accounts/{account}/balance");

    /// <summary>Each payer's balance, in the order of the reply.</summary>
    public static IReadOnlyList<KeyValuePair<string, long>> ToBalance(Reply reply)
    {
        JsonArray payers = reply.Json["payers"]!.AsArray();
        Assert.Equal(payers.Sum(line => line!["points"]!.GetValue<long>()), reply.Json["points"]!.GetValue<long>());
        return [.. payers.Select(line => KeyValuePair.Create(line!["payer"]!.GetValue<string>(), line["points"]!.GetValue<long>()))];
    }

    /// <summary>Each payer's balance in the account of the classic routes, in the order of the reply.</summary>
    public async Task<IReadOnlyList<KeyValuePair<string, long>>> ClassicBalanceAsync()
    {
        Reply reply = await GetAsync("/balance");
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        return ToClassicBalance(reply);
    }

    /// <summary>Each payer's balance in a reply of the classic route.</summary>
    public static IReadOnlyList<KeyValuePair<string, long>> ToClassicBalance(Reply reply) =>
        [.. reply.Json.AsObject().Select(line => KeyValuePair.Create(line.Key, line.Value!.GetValue<long>()))];

    /// <summary>How many points an account has.</summary>
    public async Task<long> TotalAsync(string account) => (await BalanceAsync(account)).Sum(line => line.Value);

    public void Dispose() => _http.Dispose();

    private async Task<Reply> SendAsync(HttpMethod method, string path, string? body, string? key)
    {
        using HttpRequestMessage request = new(method, new Uri(_address(), path));
        if (body is not null)
        {
            // Sets an empty body too, because the HTTP stack never repeats a request that has a body.
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using HttpResponseMessage response = await SendAsync(request);
        bool isReplay = response.Headers.TryGetValues("Idempotency-Replayed", out IEnumerable<string>? replayed) && replayed.Single() == "true";
        return new Reply(response.StatusCode, await response.Content.ReadAsStringAsync(), isReplay);
    }

    /// <exception cref="HttpRequestException">The server did not answer.</exception>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        try
        {
            return await _http.SendAsync(request);
        }
        catch (SocketException gone)
        {
            // HttpClient looks at the address of a new connection. If the server was killed just then, it does not wrap the failure.
            throw new HttpRequestException("The server was gone when the connection was made.", gone);
        }
    }
}

/// <summary>A reply of the server.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The body.</param>
/// <param name="IsReplay">Whether the reply says that the server repeats an earlier one.</param>
internal sealed record Reply(HttpStatusCode Status, string Body, bool IsReplay)
{
    /// <summary>Whether the reply says that the server carried out the request.</summary>
    public bool IsDone => Status is HttpStatusCode.OK or HttpStatusCode.Created;

    /// <summary>Whether the reply says that a rule forbids the request: there are not enough points.</summary>
    public bool IsRefusedByRule =>
        Status is HttpStatusCode.UnprocessableEntity && Code is "insufficient_points" or "insufficient_payer_points";

    /// <summary>Whether the reply says that the client may send the request again.</summary>
    public bool CanBeRepeated => Status is HttpStatusCode.ServiceUnavailable;

    /// <summary>The body as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Body)!;

    /// <summary>The code of a problem.</summary>
    public string? Code => Json["code"]?.GetValue<string>();

    /// <summary>The advice of a problem.</summary>
    public string? Retry => Json["retry"]?.GetValue<string>();

    public override string ToString() => $"{(int)Status} {Body}{(IsReplay ? " (again)" : "")}";
}
