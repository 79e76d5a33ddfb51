using Pointbook.Contracts;

namespace Pointbook.Server.Tests.Support;

/// <summary>One account of a running server.</summary>
internal sealed class AccountClient(RunningServer server, string account = "alice")
{
    public const string Day = "2020-10-31T10:00:00Z";

    public string Path => $"/v1/accounts/{account}";

    public async Task<Transaction> AddAsync(string payer, long points, string timestamp = Day, string rest = "") => (await server.PostAsync(
        Path + "/transactions", $$"""{"payer":"{{payer}}","points":{{points}},"timestamp":"{{timestamp}}"{{rest}}}""")).AssertIs(201).Transaction;

    public async Task<Spend> SpendAsync(long points, string rest = "") =>
        (await server.PostAsync(Path + "/spends", $$"""{"points":{{points}}{{rest}}}""")).AssertIs(201).Spend;

    public async Task<Spend> ReadSpendAsync(string id) => (await GetAsync($"/spends/{id}")).AssertIs(200).Spend;

    public async Task<Balance> BalanceAsync(string query = "") => (await GetAsync("/balance" + query)).AssertIs(200).Balance;

    public async Task<Flush> FlushAsync() => (await PostAsync("/flush")).AssertIs(200).As(ReplyJson.Default.Flush);

    public async Task<Page<Transaction>> HistoryAsync(string query = "", string list = "/transactions") =>
        (await GetAsync(list + query)).AssertIs(200).As(ReplyJson.Default.PageTransaction);

    public async Task<Page<Lot>> LotsAsync(string query = "") => (await GetAsync("/lots" + query)).AssertIs(200).As(ReplyJson.Default.PageLot);

    public Task<Reply> GetAsync(string path) => server.GetAsync(Path + path);

    /// <summary>Posts without a body.</summary>
    public Task<Reply> PostAsync(string path, params (string Name, string Value)[] headers) => server.PostNothingAsync(Path + path, headers);

    public Task<Reply> PostAsync(string path, string json, params (string Name, string Value)[] headers) => server.PostAsync(Path + path, json, headers);
}
