namespace Pointbook.Server.Tests.Support;

/// <summary>A server whose default account and account <c>alice</c> have points, for tests that must not change them.</summary>
public sealed class SeededServer : IAsyncLifetime
{
    internal RunningServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await RunningServer.StartAsync();
        foreach (string path in (string[])["/addTransaction", "/v1/accounts/alice/transactions"])
        {
            (await Server.PostAsync(path, """{"payer":"DANNON","points":300,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(path[1] == 'v' ? 201 : 200);
            (await Server.PostAsync(path, """{"payer":"UNILEVER","points":200,"timestamp":"2020-10-31T11:00:00Z"}""")).AssertIs(path[1] == 'v' ? 201 : 200);
        }
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>Fails unless both accounts still have their initial points.</summary>
    internal async Task AssertUnchangedAsync()
    {
        Assert.Equal("""{"DANNON":300,"UNILEVER":200}""", await Server.BalanceAsync());
        Assert.Equal(500, (await Server.GetAsync("/v1/accounts/alice/balance")).AssertIs(200).Balance.Points);
    }
}
