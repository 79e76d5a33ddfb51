using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Problems;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

public sealed class ProblemTests
{
    /// <summary>Everything that clients rely on. These values must never change.</summary>
    public static TheoryData<RefusalCode, string, int, string, string?> Refusals { get; } = new()
    {
        { RefusalCode.ShuttingDown, "shutting_down", 503, RetryAdvice.Later, "5" },
        { RefusalCode.Overloaded, "overloaded", 503, RetryAdvice.Later, "1" },
        { RefusalCode.CatchingUp, "catching_up", 503, RetryAdvice.Later, "1" },
        { RefusalCode.StorageUnavailable, "storage_unavailable", 503, RetryAdvice.Later, "5" },
        { RefusalCode.JournalDamaged, "journal_damaged", 503, RetryAdvice.AfterOperator, null },
        { RefusalCode.AccountDamaged, "account_damaged", 503, RetryAdvice.Later, "5" },
        { RefusalCode.ClockUnreliable, "clock_unreliable", 503, RetryAdvice.Later, "5" },
        { RefusalCode.ClockDisagrees, "clock_disagrees", 503, RetryAdvice.Later, "5" },
        { RefusalCode.OutcomeUnknown, "outcome_unknown", 503, RetryAdvice.SameKey, "1" },
        { RefusalCode.IdempotencyMismatch, "idempotency_mismatch", 422, RetryAdvice.AfterCorrection, null },
        { RefusalCode.AccountNotFound, "account_not_found", 404, RetryAdvice.AfterCorrection, null },
        { RefusalCode.AccountNotEmpty, "account_not_empty", 409, RetryAdvice.AfterCorrection, null },
        { RefusalCode.OperationNotFound, "transaction_not_found", 404, RetryAdvice.AfterCorrection, null },
        { RefusalCode.PeriodOpen, "period_open", 422, RetryAdvice.AfterCorrection, null },
        { RefusalCode.KnownAtInFuture, "known_at_in_future", 422, RetryAdvice.AfterCorrection, null },
        { RefusalCode.InvalidExpiry, "invalid_expiry", 400, RetryAdvice.AfterCorrection, null },
        { RefusalCode.AlreadyReversed, "already_reversed", 409, RetryAdvice.AfterCorrection, null },
        { RefusalCode.AlreadyCaptured, "already_captured", 409, RetryAdvice.AfterCorrection, null },
        { RefusalCode.NotPending, "not_pending", 409, RetryAdvice.AfterCorrection, null },
        { RefusalCode.AccountFlushed, "account_flushed", 409, RetryAdvice.AfterCorrection, null },
        { RefusalCode.AccountMovedOn, "account_moved_on", 409, RetryAdvice.AfterCorrection, null },
        { RefusalCode.ZeroPoints, "zero_points", 400, RetryAdvice.AfterCorrection, null },
        { RefusalCode.PointsNotPositive, "points_not_positive", 400, RetryAdvice.AfterCorrection, null },
        { RefusalCode.TimestampInFuture, "timestamp_in_future", 422, RetryAdvice.AfterCorrection, null },
        { RefusalCode.InsufficientPayerPoints, "insufficient_payer_points", 422, RetryAdvice.WhenPointsArrive, null },
        { RefusalCode.InsufficientPoints, "insufficient_points", 422, RetryAdvice.WhenPointsArrive, null },
        { RefusalCode.PointsOverflow, "points_overflow", 422, RetryAdvice.AfterCorrection, null },
    };

    [Fact]
    public void Every_refusal_has_exactly_one_row_in_the_table()
    {
        Assert.Equal(Enum.GetValues<RefusalCode>().Order(), ProblemTable.All.Where(kind => kind.Refusal is not null).Select(kind => kind.Refusal!.Value).Order());
        Assert.Equal(Enum.GetValues<RefusalCode>().Length, Refusals.Count);
    }

    [Fact]
    public void The_table_contains_every_row_once_and_no_code_twice()
    {
        IEnumerable<ProblemKind> rows = typeof(ProblemTable).GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(field => field.GetValue(null)).OfType<ProblemKind>();
        Assert.Equal(rows.Select(row => row.Code).Order(), ProblemTable.All.Select(row => row.Code).Order());
        Assert.Equal(ProblemTable.All.Count, ProblemTable.All.DistinctBy(row => row.Code).Count());
        Assert.Equal(ProblemTable.All.Count, ProblemTable.All.DistinctBy(row => row.Title).Count());
    }

    [Fact]
    public void Every_row_is_well_formed()
    {
        string[] advice = [RetryAdvice.AfterCorrection, RetryAdvice.WhenPointsArrive, RetryAdvice.Later, RetryAdvice.AfterOperator, RetryAdvice.SameKey];
        Assert.All(ProblemTable.All, row =>
        {
            Assert.Matches("^[a-z]+(_[a-z]+)*$", row.Code);
            Assert.Matches("^[A-Z`].*[.]$", row.Title);
            Assert.InRange(row.Status, 400, 599);
            Assert.Contains(row.Retry, advice);
            Assert.Equal(row.Status is 429 or 503 && row.Retry != RetryAdvice.AfterOperator, row.RetryAfterSeconds > 0);
        });
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Every_refusal_is_answered_as_in_its_row(RefusalCode refusal, string code, int status, string retry, string? retryAfter)
    {
        await using RunningServer server = await StartAsync(new FakeLedger(() => new Refusal(refusal)));
        foreach ((string path, string? body) in Requests.Concat(refusal == RefusalCode.OperationNotFound ? [] : SubjectRequests.Select(request => (request.Path, request.Body))))
        {
            Reply reply = (await SendAsync(server, path, body)).AssertIs(status, code);
            Assert.Equal(retry, reply.Problem.Retry);
            Assert.Equal("urn:pointbook:problem:" + code, reply.Problem.Type);
            Assert.Equal(retryAfter, reply.Header("Retry-After"));
            Assert.NotEmpty(reply.Problem.Detail);
        }
    }

    [Fact]
    public async Task A_not_found_problem_names_what_was_looked_for()
    {
        await using RunningServer server = await StartAsync(new FakeLedger(() => new Refusal(RefusalCode.OperationNotFound)));
        foreach ((string path, string? body, string code) in SubjectRequests)
        {
            Assert.Equal("id", (await SendAsync(server, path, body)).AssertIs(404, code).Problem.Member);
            Reply nonsense = await SendAsync(server, path.Replace(Id, "nonsense", StringComparison.Ordinal), body);
            Assert.Equal("id", nonsense.AssertIs(404, code).Problem.Member);
        }
    }

    [Fact]
    public void The_problem_overloaded_names_both_of_its_causes()
    {
        ProblemReply reply = RefusalReplies.From(new Refusal(RefusalCode.Overloaded));
        Assert.All([reply.Kind.Title, reply.Detail], text =>
        {
            Assert.StartsWith("Too many requests are waiting, or other processes kept writing first", text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_bug_is_answered_with_500_and_described_only_in_the_log()
    {
        RecordingLogger log = new();
        await using RunningServer server = await RunningServer.StartAsync(builder =>
        {
            builder.Logging.AddProvider(log);
            Use(builder, new FakeLedger(() => throw new InvalidOperationException("secret")));
        });
        (string Path, string? Body)[] all = [.. Requests, .. SubjectRequests.Select(request => (request.Path, request.Body))];
        foreach ((string path, string? body) in all)
        {
            Reply reply = (await SendAsync(server, path, body)).AssertIs(500, "internal_error");
            Assert.Equal(RetryAdvice.SameKey, reply.Problem.Retry);
            Assert.DoesNotContain("secret", reply.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", reply.Body, StringComparison.Ordinal);
        }

        Assert.Equal(all.Length, log.Exceptions.Count(exception => exception.Message == "secret"));
    }

    private static (string Path, string? Body)[] Requests =>
    [
        ("/balance", null),
        ("/v1/accounts/a/balance", null),
        ("/flushDB", null),
        ("/spend", """{"points":1}"""),
        ("/v1/accounts/a/spends", """{"points":1}"""),
        ("/addTransaction", """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}"""),
        ("/v1/accounts/a/transactions", """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}"""),
        ("/v1/accounts/a/transactions", null),
        ("/v1/accounts/a/archive", null),
        ("/v1/accounts/a/lots", null),
        ("/v1/accounts/a/balance?knownAt=2020-10-31T10:00:00Z", null),
        ("/v1/accounts/a/balance?effectiveAt=2020-10-31T10:00:00Z", null),
        ("/v1/accounts/a/spends/preview", """{"points":1}"""),
        ("/v1/accounts/a/flush", "{}"),
        ("/v1/accounts", null),
        ("/v1/payers", null),
        ("/v1/statement?payer=A&from=2020-10-01&to=2020-11-01", null),
    ];

    private const string Id = "000000000000000e";

    private static (string Path, string? Body, string Code)[] SubjectRequests =>
    [
        ($"/v1/accounts/a/transactions/{Id}", null, "transaction_not_found"),
        ($"/v1/accounts/a/spends/{Id}", null, "spend_not_found"),
        ($"/v1/accounts/a/spends/{Id}/capture", "{}", "spend_not_found"),
        ($"/v1/accounts/a/spends/{Id}/reversal", "{}", "spend_not_found"),
        ($"/v1/accounts/a/flushes/{Id}/restore", "{}", "flush_not_found"),
    ];

    private static Task<RunningServer> StartAsync(FakeLedger ledger) => RunningServer.StartAsync(builder => Use(builder, ledger));

    private static void Use(WebApplicationBuilder builder, FakeLedger ledger) =>
        builder.Services.AddSingleton<ILedger>(ledger).AddSingleton<ILedgerQueries>(ledger);

    private static Task<Reply> SendAsync(RunningServer server, string path, string? body) =>
        body is null ? server.GetAsync(path) : server.PostAsync(path, body);

    private sealed class FakeLedger(Func<Refusal> answer) : ILedger, ILedgerQueries
    {
        public int PartitionOf(AccountId account) => 0;

        public ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken) => AnswerAsync<Receipt>();

        public ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken) => AnswerAsync<AccountBalance>();

        public ValueTask<Outcome<Engine.Queries.SpendPreview>> PreviewSpendAsync(SpendPoints spend, CancellationToken cancellationToken) =>
            AnswerAsync<Engine.Queries.SpendPreview>();

        public ValueTask<Outcome<RecordedSpend>> ReadSpendAsync(AccountId account, EntryId spend, CancellationToken cancellationToken) =>
            AnswerAsync<RecordedSpend>();

        public ValueTask<Outcome<AccountOperation>> ReadOperationAsync(AccountId account, EntryId id, CancellationToken cancellationToken) =>
            AnswerAsync<AccountOperation>();

        public ValueTask<Outcome<OperationLines>> ReadLinesAsync(
            AccountId account, EntryId id, long after, int countMax, CancellationToken cancellationToken) => AnswerAsync<OperationLines>();

        public ValueTask<Outcome<HistoryPage>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken) => AnswerAsync<HistoryPage>();

        public ValueTask<Outcome<AccountBalance>> ReadBalanceAsOfAsync(AccountId account, Instant knownAt, CancellationToken cancellationToken) =>
            AnswerAsync<AccountBalance>();

        public ValueTask<Outcome<Engine.Queries.EffectiveBalance>> ReadEffectiveBalanceAsync(
            AccountId account, Instant effectiveAt, Instant? knownAt, CancellationToken cancellationToken) =>
            AnswerAsync<Engine.Queries.EffectiveBalance>();

        public ValueTask<Outcome<LotPage>> ReadLotsAsync(AccountId account, LotPlace? after, int countMax, CancellationToken cancellationToken) =>
            AnswerAsync<LotPage>();

        public ValueTask<Outcome<AccountPage>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken) =>
            AnswerAsync<AccountPage>();

        public ValueTask<Outcome<PayerPage>> ListPayersAsync(PayerName? only, PayerName? after, int countMax, CancellationToken cancellationToken) =>
            AnswerAsync<PayerPage>();

        public ValueTask<Outcome<PayerStatement>> ReadStatementAsync(PayerName payer, DateOnly from, DateOnly until, CancellationToken cancellationToken) =>
            AnswerAsync<PayerStatement>();

        private async ValueTask<Outcome<T>> AnswerAsync<T>()
            where T : class
        {
            await Task.Yield();
            return answer();
        }
    }

    private sealed class RecordingLogger : ILoggerProvider, ILogger
    {
        private readonly List<Exception> _exceptions = [];

        public IReadOnlyList<Exception> Exceptions
        {
            get
            {
                lock (_exceptions)
                {
                    return [.. _exceptions];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not null)
            {
                lock (_exceptions)
                {
                    _exceptions.Add(exception);
                }
            }
        }

        public void Dispose()
        {
        }
    }
}
