using Microsoft.Extensions.DependencyInjection;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Server.Storage;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Bulk;

/// <summary>Imports into a ledger that cannot accept every line at once.</summary>
public sealed class BulkRetryTests
{
    private static readonly string[] ShortTimes = ["--Bulk:RetryPauseMax", "00:00:00.001", "--Bulk:AttemptsMax", "4"];

    [Theory]
    [InlineData(RefusalCode.Overloaded, true)]
    [InlineData(RefusalCode.Overloaded, false)]
    [InlineData(RefusalCode.CatchingUp, true)]
    [InlineData(RefusalCode.StorageUnavailable, true)]
    [InlineData(RefusalCode.ClockDisagrees, true)]
    [InlineData(RefusalCode.ShuttingDown, true)]
    public async Task A_temporarily_refused_line_is_retried(RefusalCode code, bool isLate)
    {
        ScriptedLedger? ledger = null;
        await using RunningServer server = await StartAsync((points, times) => points == 2 && times < 3 ? code : null, isLate, made => ledger = made);
        (await server.ImportAsync(BulkServer.Item("a", "A", 1), BulkServer.Item("a", "A", 2), BulkServer.Item("b", "B", 4))).AssertIs(3, 0, 0, 3);
        Assert.Equal((3, 4), ((await server.BalanceOfAsync("a")).Points, (await server.BalanceOfAsync("b")).Points));
        Assert.Equal(4, ledger!.Commands.Count(points => points == 2));
        if (!isLate)
        {
            Assert.Equal([1, 2, 2, 2, 2, 4], ledger.Commands);
        }
    }

    [Fact]
    public async Task A_deduction_waits_for_a_credit_that_is_being_retried()
    {
        await using RunningServer server = await StartAsync((points, times) => points == 10 && times < 2 ? RefusalCode.StorageUnavailable : null, isLate: true);
        (await server.ImportAsync(BulkServer.Item("a", "A", 10), BulkServer.Item("a", "A", -4), BulkServer.Item("b", "A", -3)))
            .AssertIs(accepted: 2, replayed: 0, refused: 1, lastLine: 3);
        Assert.Equal(6, (await server.BalanceOfAsync("a")).Points);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_import_stops_when_lines_are_refused_for_too_long_and_names_them(bool isLate)
    {
        ScriptedLedger? ledger = null;
        await using RunningServer server = await StartAsync((points, _) => points == 2 ? RefusalCode.StorageUnavailable : null, isLate, made => ledger = made);
        string[] lines = [BulkServer.Keyed("a", "A", 1, "k1"), BulkServer.Keyed("a", "A", 2, "k2"), .. Enumerable.Range(3, 100).Select(n => BulkServer.Keyed("b", "A", n, $"k{n}"))];
        ImportReply reply = await server.ImportAsync(lines);
        Assert.Equal("storage_unavailable", reply.Summary.Stopped!.Code);
        Assert.Equal((2, "storage_unavailable"), (Assert.Single(reply.Lines).Line, reply.Lines[0].Problem.Code));
        Assert.Equal(reply.Summary.LastLine, reply.Summary.Accepted + 1);
        Assert.Equal(4, ledger!.Commands.Count(points => points == 2));
        // An immediate refusal delays the lines after it. The server still answers lines that it has already passed to the ledger.
        Assert.InRange(reply.Summary.LastLine, 2, isLate ? lines.Length : 2);
    }

    [Fact]
    public async Task A_line_with_a_key_and_an_unknown_outcome_is_retried()
    {
        await using RunningServer server = await StartAsync((points, times) => points == 2 && times == 0 ? RefusalCode.OutcomeUnknown : null, isLate: true);
        (await server.ImportAsync(BulkServer.Item("a", "A", 1), BulkServer.Keyed("a", "A", 2, "k"), BulkServer.Item("a", "A", 4))).AssertIs(3, 0, 0, 3);
        Assert.Equal(7, (await server.BalanceOfAsync("a")).Points);
    }

    [Fact]
    public async Task A_line_without_a_key_and_with_an_unknown_outcome_stops_the_import_and_is_not_retried()
    {
        ScriptedLedger? ledger = null;
        await using RunningServer server = await StartAsync((points, _) => points == 2 ? RefusalCode.OutcomeUnknown : null, isLate: false, made => ledger = made);
        ImportReply reply = (await server.ImportAsync(BulkServer.Item("a", "A", 1), BulkServer.Item("a", "A", 2), BulkServer.Item("a", "A", 4))).AssertIs(1, 0, 1, 2);
        Assert.Equal(("outcome_unknown", "same_key"), (reply.Summary.Stopped!.Code, reply.Summary.Stopped.Retry));
        Assert.Equal(2, reply.Lines[0].Line);
        Assert.Equal([1, 2], ledger!.Commands);
    }

    [Fact]
    public async Task A_temporarily_refused_item_does_not_affect_its_neighbours()
    {
        await using RunningServer server = await StartAsync((points, _) => points == 2 ? RefusalCode.Overloaded : null, isLate: true);
        Contracts.BulkReply reply = await server.PostItemsAsync(BulkServer.Item("a", "A", 1), BulkServer.Item("a", "A", 2), BulkServer.Item("a", "A", 4));
        Assert.Equal(["accepted", "refused", "accepted"], reply.Items.Select(item => item.Status));
        Assert.Equal(("overloaded", "later"), (reply.Items[1].Problem!.Code, reply.Items[1].Problem!.Retry));
    }

    private static Task<RunningServer> StartAsync(Func<long, int, RefusalCode?> script, bool isLate, Action<ScriptedLedger>? onMade = null) =>
        RunningServer.StartAsync(
            builder => builder.Services.AddSingleton<ILedger>(services =>
            {
                ScriptedLedger ledger = new(services.GetRequiredService<LedgerHost>, script) { IsLate = isLate };
                onMade?.Invoke(ledger);
                return ledger;
            }),
            ShortTimes);
}
