using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Answers;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Problems;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

public sealed class ProblemTests
{
    /// <summary>The whole agreement with clients: what is here never changes.</summary>
    public static TheoryData<RefusalCode, string, int, string, string?> Refusals { get; } = new()
    {
        { RefusalCode.ShuttingDown, "shutting_down", 503, RetryAdvice.Later, "5" },
        { RefusalCode.Overloaded, "overloaded", 503, RetryAdvice.Later, "1" },
        { RefusalCode.ProjectionBehind, "projection_behind", 503, RetryAdvice.Later, "1" },
        { RefusalCode.StorageUnavailable, "storage_unavailable", 503, RetryAdvice.Later, "5" },
        { RefusalCode.ClockBehind, "clock_behind", 503, RetryAdvice.Later, "5" },
        { RefusalCode.OutcomeUnknown, "outcome_unknown", 503, RetryAdvice.SameKey, "1" },
        { RefusalCode.IdempotencyMismatch, "idempotency_mismatch", 422, RetryAdvice.AfterCorrection, null },
        { RefusalCode.ZeroPoints, "zero_points", 400, RetryAdvice.AfterCorrection, null },
        { RefusalCode.PointsNotPositive, "points_not_positive", 400, RetryAdvice.AfterCorrection, null },
        { RefusalCode.TimestampInFuture, "timestamp_in_future", 422, RetryAdvice.AfterCorrection, null },
        { RefusalCode.InsufficientPayerPoints, "insufficient_payer_points", 422, RetryAdvice.WhenPointsArrive, null },
        { RefusalCode.InsufficientPoints, "insufficient_points", 422, RetryAdvice.WhenPointsArrive, null },
        { RefusalCode.PointsOverflow, "points_overflow", 422, RetryAdvice.AfterCorrection, null },
    };

    [Fact]
    public void Every_refusal_has_exactly_one_row()
    {
        Assert.Equal(Enum.GetValues<RefusalCode>().Order(), ProblemTable.All.Where(kind => kind.Refusal is not null).Select(kind => kind.Refusal!.Value).Order());
        Assert.Equal(Enum.GetValues<RefusalCode>().Length, Refusals.Count);
    }

    [Fact]
    public void The_table_lists_every_row_once_and_no_code_twice()
    {
        IEnumerable<ProblemKind> rows = typeof(ProblemTable).GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(field => field.GetValue(null)).OfType<ProblemKind>();
        Assert.Equal(rows.Select(row => row.Code).Order(), ProblemTable.All.Select(row => row.Code).Order());
        Assert.Equal(ProblemTable.All.Count, ProblemTable.All.DistinctBy(row => row.Code).Count());
        Assert.Equal(ProblemTable.All.Count, ProblemTable.All.DistinctBy(row => row.Title).Count());
    }

    [Fact]
    public void Every_row_is_in_form()
    {
        string[] advice = [RetryAdvice.AfterCorrection, RetryAdvice.WhenPointsArrive, RetryAdvice.Later, RetryAdvice.SameKey];
        Assert.All(ProblemTable.All, row =>
        {
            Assert.Matches("^[a-z]+(_[a-z]+)*$", row.Code);
            Assert.Matches("^[A-Z].*[.]$", row.Title);
            Assert.InRange(row.Status, 400, 599);
            Assert.Contains(row.Retry, advice);
            Assert.Equal(row.Status == 503, row.RetryAfterSeconds > 0);
        });
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Every_refusal_is_answered_as_its_row_says(RefusalCode refusal, string code, int status, string retry, string? retryAfter)
    {
        await using RunningServer server = await RunningServer.StartAsync(builder =>
            builder.Services.AddSingleton<ILedger>(new FakeLedger(() => new Refusal(refusal))));
        foreach ((string path, string? body) in Requests)
        {
            Reply reply = (await SendAsync(server, path, body)).MustBe(status, code);
            Assert.Equal(retry, reply.Problem.Retry);
            Assert.Equal("urn:pointbook:problem:" + code, reply.Problem.Type);
            Assert.Equal(retryAfter, reply.Header("Retry-After"));
            Assert.NotEmpty(reply.Problem.Detail);
        }
    }

    [Fact]
    public void Overloaded_names_both_of_its_causes()
    {
        ProblemReply reply = RefusalReplies.From(new Refusal(RefusalCode.Overloaded));
        Assert.All([reply.Kind.Title, reply.Detail], text =>
        {
            Assert.StartsWith("Too many requests are waiting, or other processes kept writing first", text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_bug_is_answered_with_500_and_told_only_to_the_log()
    {
        RecordingLogger log = new();
        await using RunningServer server = await RunningServer.StartAsync(builder =>
        {
            builder.Logging.AddProvider(log);
            builder.Services.AddSingleton<ILedger>(new FakeLedger(() => throw new InvalidOperationException("secret")));
        });
        foreach ((string path, string? body) in Requests)
        {
            Reply reply = (await SendAsync(server, path, body)).MustBe(500, "internal_error");
            Assert.Equal(RetryAdvice.SameKey, reply.Problem.Retry);
            Assert.DoesNotContain("secret", reply.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", reply.Body, StringComparison.Ordinal);
        }

        Assert.Equal(Requests.Length, log.Exceptions.Count(exception => exception.Message == "secret"));
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
    ];

    private static Task<Reply> SendAsync(RunningServer server, string path, string? body) =>
        body is null ? server.GetAsync(path) : server.PostAsync(path, body);

    private sealed class FakeLedger(Func<Refusal> answer) : ILedger
    {
        public async ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return answer();
        }

        public ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
            ValueTask.FromResult<Outcome<AccountBalance>>(answer());
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
