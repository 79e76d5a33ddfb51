using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

public sealed class WorkedExampleTests
{
    [Fact]
    public async Task The_worked_example_returns_exactly_these_bytes()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal("{}", await server.BalanceAsync());

        await AddAsync(server, "DANNON", 1000, "2020-11-02T14:00:00Z");
        await AddAsync(server, "UNILEVER", 200, "2020-10-31T11:00:00Z");
        await AddAsync(server, "DANNON", -200, "2020-10-31T15:00:00Z");
        await AddAsync(server, "MILLER COORS", 10000, "2020-11-01T14:00:00Z");
        await AddAsync(server, "DANNON", 300, "2020-10-31T10:00:00Z");
        Assert.Equal("""{"DANNON":1100,"UNILEVER":200,"MILLER COORS":10000}""", await server.BalanceAsync());

        Reply spend = await server.PostAsync("/spend", """{"points":5000}""");
        spend.AssertIs(200);
        Assert.Equal("application/json", spend.ContentType);
        Assert.Equal(
            """[{"payer":"DANNON","points":-100},{"payer":"UNILEVER","points":-200},{"payer":"MILLER COORS","points":-4700}]""", spend.Body);

        Assert.Equal("""{"DANNON":1000,"UNILEVER":0,"MILLER COORS":5300}""", await server.BalanceAsync());

        Reply flush = await server.SendAsync(new HttpRequestMessage(HttpMethod.Delete, "/flushDB"));
        Assert.Equal((200, "text/plain", "Database Flushed"), (flush.Status, flush.ContentType, flush.Body));
        Assert.Equal("{}", await server.BalanceAsync());
    }

    private static async Task AddAsync(RunningServer server, string payer, long points, string timestamp)
    {
        Reply reply = await server.PostAsync("/addTransaction", $$"""{"payer":"{{payer}}","points":{{points}},"timestamp":"{{timestamp}}"}""");
        Assert.Equal((200, "text/plain", "Transaction Added"), (reply.Status, reply.ContentType, reply.Body));
    }
}
