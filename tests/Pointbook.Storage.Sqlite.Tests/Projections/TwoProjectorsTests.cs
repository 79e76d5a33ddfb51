using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Projections;

/// <summary>Two projectors on one file take nothing twice.</summary>
public sealed class TwoProjectorsTests : IAsyncLifetime
{
    private readonly SqliteHost _host = new() { BusyTimeout = TimeSpan.FromSeconds(30) };
    private CommitChain _chain = null!;
    private ScriptedLedger _ledger = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        _ledger = new ScriptedLedger(_chain);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_round_that_another_projector_finishes_first_adds_nothing_to_the_sums()
    {
        _ledger.Add("a", "P", 5);
        _ledger.Add("b", "P", 6);
        Commit commit = _ledger.Commit();
        int recordedDay = DayNumber(commit.RecordedAt);
        int day = DayNumber(Given.Time);
        // While the rows of the first account are written, the other one comes to the end of the same round.
        Sql.Run(
            _host.Files.Projection,
            $"""
            CREATE TRIGGER other AFTER INSERT ON account WHEN NEW.account = 'a' BEGIN
                UPDATE projection_position SET last_sequence = {commit.Last}, seal = x'{commit.Seal}';
                INSERT INTO payer_total (payer, points, outstanding) VALUES ('P', '11', '0');
                INSERT INTO payer_flow (payer, recorded_day, kind, occurred_day, points) VALUES ('P', {recordedDay}, 'credit', {day}, '11');
                INSERT INTO payer_stock (payer, recorded_day, occurred_day, expires_day, lot_points) VALUES ('P', {recordedDay}, {day}, -1, '11');
            END
            """);
        Assert.False(await _host.Projection.ApplyAsync(ProjectionRound.From([commit]), Token));
        await Expected.AssertAsync(_host, _chain, _ledger);
    }

    [Fact]
    public async Task Two_projectors_beside_each_other_come_to_the_same_tables_as_one()
    {
        for (int number = 0; number < 60; number++)
        {
            _ledger.Add($"account{number % 7}", "P", 10, day: -number);
            _ledger.Spend($"account{number % 7}", 3, key: $"k{number}");
            _ledger.Add($"account{number % 5}", "Q", 4);
            _ledger.Commit();
        }

        await using SqliteProjection other = SqliteProjection.Open(_host.Files.Projection, _host.Options, TimeProvider.System, _host.Logger);
        await Task.WhenAll(
            Task.Run(() => ProjectAsync(_host.Projection, commitsPerRound: 2), Token),
            Task.Run(() => ProjectAsync(other, commitsPerRound: 3), Token));
        await Expected.AssertAsync(_host, _chain, _ledger);
    }

    private static int DayNumber(Instant time) => DateOnly.FromDateTime(time.ToDateTimeOffset().UtcDateTime).DayNumber;

    private async Task ProjectAsync(IProjection projection, int commitsPerRound)
    {
        while (await projection.ReadPositionAsync(Token) is { } position && position.Last < _chain.Head.Last)
        {
            IEnumerable<Commit> waiting = _chain.Commits.Where(commit => commit.First > position.Last);
            await projection.ApplyAsync(ProjectionRound.From([.. waiting.Take(commitsPerRound)]), Token);
        }
    }
}
