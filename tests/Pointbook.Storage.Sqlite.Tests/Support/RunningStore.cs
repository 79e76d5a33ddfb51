using System.Security.Cryptography;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Partition;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>A partition on a SQLite store that can be closed, damaged and started again.</summary>
internal sealed class RunningStore : IAsyncDisposable
{
    // No test waits this long. If a partition does not end, the test fails instead of hanging.
    private static readonly TimeSpan StopTimeMax = TimeSpan.FromSeconds(30);

    private readonly Random _random = new(2);
    private LocalPartition? _partition;

    public SqliteHost Host { get; } = new();

    public ListLogger Log { get; } = new();

    public PartitionOptions Options { get; init; } = new();

    public SnapshotWriterOptions SnapshotWriterOptions { get; init; } = new() { RoundDelay = TimeSpan.Zero, RepairEntriesMax = 0 };

    public LocalPartition Partition => _partition ?? throw new InvalidOperationException("The partition is not running.");

    public async Task StartAsync()
    {
        Host.Logger = Log;
        await Host.OpenAsync();
        _partition = new LocalPartition(new PartitionParts
        {
            Journal = Host.Journal,
            AccountStore = Host.AccountStore,
            ReadModel = Host.ReadModel,
            ReadModelOptions = new ReadModelOptions { RoundDelay = TimeSpan.Zero },
            Clock = Host.Clock,
            NewCommitId = NewId,
            Salts = RandomNumberGenerator.Fill,
            Random = new Random(1),
            Logger = Log,
            Options = Options,
            SnapshotWriterOptions = SnapshotWriterOptions,
        });
        await _partition.StartAsync(CancellationToken.None);
    }

    /// <summary>Stops the partition cleanly and closes the store.</summary>
    public async Task StopAsync()
    {
        await Partition.StopAsync(CancellationToken.None).WaitAsync(StopTimeMax);
        await CrashAsync();
    }

    /// <summary>Releases everything without stopping the partition, as far as this is possible within one process.</summary>
    public async Task CrashAsync()
    {
        await Partition.DisposeAsync().AsTask().WaitAsync(StopTimeMax);
        _partition = null;
        await Host.CloseAsync();
    }

    public async Task<Outcome<Receipt>> DoAsync(Command command) => await Partition.ExecuteAsync(command, CancellationToken.None);

    public Task<Outcome<Receipt>> AddAsync(string account, string payer, long points, int day = 0) => DoAsync(
        new AddTransaction(Given.Account(account), Given.Payer(payer), new Points(points), Given.Time.PlusClamped(TimeSpan.FromDays(day))));

    public Task<Outcome<Receipt>> SpendAsync(string account, long points) => DoAsync(new SpendPoints(Given.Account(account), new Points(points)));

    public Task<Outcome<Receipt>> HoldAsync(string account, long points) =>
        DoAsync(new SpendPoints(Given.Account(account), new Points(points)) { Hold = TimeSpan.FromDays(1) });

    public Task<Outcome<Receipt>> FlushAsync(string account) => DoAsync(new FlushAccount(Given.Account(account)));

    /// <summary>Writes a few operations of several kinds.</summary>
    public async Task WriteExampleAsync(int from = 0, int accounts = 12)
    {
        for (int number = from; number < from + accounts; number++)
        {
            string account = $"account{number}";
            await AddAsync(account, "P", 100, day: 3);
            await AddAsync(account, "Q", 50, day: 2);
            await AddAsync(account, "P", -30);
            await SpendAsync(account, 60 + number);
            if (number % 4 == 0)
            {
                await FlushAsync(account);
                await AddAsync(account, "R", 7);
            }

            await HoldAsync(account, 2);
            await HoldAsync(account, 1);
        }
    }

    /// <summary>Waits until the account store contains everything, and reads all tables.</summary>
    public async Task<AccountStoreTables> ReadTablesAsync()
    {
        await Partition.WaitUntilStoredAsync(CancellationToken.None);
        return await Host.ReadTablesAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_partition is not null)
        {
            await CrashAsync();
        }

        await Host.DisposeAsync();
    }

    private Guid NewId()
    {
        byte[] id = new byte[16];
        _random.NextBytes(id);
        return new Guid(id);
    }
}
