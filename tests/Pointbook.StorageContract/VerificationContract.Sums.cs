using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: the sums of payers.</summary>
public abstract partial class VerificationContract
{
    [Fact]
    public async Task A_read_model_that_is_ahead_is_compared_with_the_later_entries()
    {
        await using StoreHost host = await WriteAsync();
        ReadModelState before = await host.ReadModel.ReadStateAsync(Token);
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            (await ledger.DoAsync(new AddTransaction(Given.Account("a"), Given.Payer("Q"), new Points(5), Given.Time))).Accepted();
            (await ledger.DoAsync(new AddTransaction(Given.Account("a"), Given.Payer("new"), new Points(5), Given.Time))).Accepted();
            await ledger.Partition.WaitUntilReadModelAsync(Token);
        }

        Assert.Equal(0, (await VerifySumsAsync(host, before)).DifferenceCount);
        await host.ChangeRowsAsync("UPDATE payer_flow SET points = points + 1 WHERE payer = 'new'");
        Assert.StartsWith("The sums of payer new over all accounts: ", Assert.Single((await VerifySumsAsync(host, before)).Differences), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE read_model SET last_sequence = last_sequence - 1", "it belongs to another journal")]
    [InlineData("UPDATE read_model SET damage = 'scripted'", "it was found damaged: scripted")]
    public async Task A_read_model_that_servers_rebuild_is_not_compared(string change, string reason)
    {
        await using StoreHost host = await WriteAsync();
        await host.ChangeRowsAsync(change);
        Assert.Equal((reason, 0L), ((await VerifySumsAsync(host)).Build, (await VerifySumsAsync(host)).DifferenceCount));
    }

    [Fact]
    public async Task A_read_model_that_servers_replace_during_the_comparison_is_compared_anew_and_nothing_differs()
    {
        await using StoreHost host = await WriteAsync();
        List<Commit> commits = await StoreAssert.ReadAllAsync(host.Journal);
        await using ReplacedReadModel replaced = new(host.ReadModel, async () =>
        {
            // The new generation answers queries before it contains as much as the old one.
            await host.ReadModel.MarkDamagedAsync(await host.ReadModel.ServingAsync(), "scripted", Token);
            ReadModelGeneration building = (await host.ReadModel.BeginBuildAsync(Token))!;
            Assert.True(await host.ReadModel.ApplyAsync(building, ReadModelRound.From(commits[..^3]), Token));
            Assert.True(await host.ReadModel.FinishBuildAsync(building, Token));
        });
        ReadModelVerdict verdict = await VerifySumsAsync(replaced, host);
        Assert.Empty(verdict.Differences);
        Assert.Equal((null, commits[^4].Last), (verdict.Build, verdict.Through));
        Assert.True(replaced.IsReplaced);
    }

    [Fact]
    public async Task Damage_of_a_generation_that_servers_replace_during_the_comparison_is_not_reported()
    {
        await using StoreHost host = await WriteAsync();
        List<Commit> commits = await StoreAssert.ReadAllAsync(host.Journal);
        await host.ChangeRowsAsync("UPDATE payer_flow SET points = points + 1 WHERE payer = 'Q'");
        await using ReplacedReadModel replaced = new(
            host.ReadModel,
            async () =>
            {
                await host.ReadModel.MarkDamagedAsync(await host.ReadModel.ServingAsync(), "scripted", Token);
                ReadModelGeneration building = (await host.ReadModel.BeginBuildAsync(Token))!;
                Assert.True(await host.ReadModel.ApplyAsync(building, ReadModelRound.From(commits), Token));
                Assert.True(await host.ReadModel.FinishBuildAsync(building, Token));
            },
            after: Given.Payer("Q"));
        ReadModelVerdict verdict = await VerifySumsAsync(replaced, host);
        Assert.Empty(verdict.Differences);
        Assert.Equal((null, commits[^1].Last), (verdict.Build, verdict.Through));
    }

    /// <summary>Verifies the read model.</summary>
    /// <param name="host">The store.</param>
    /// <param name="state">The state that the verification gets for the read model; null for the actual state.</param>
    private static Task<ReadModelVerdict> VerifySumsAsync(StoreHost host, ReadModelState? state = null) =>
        VerifySumsAsync(state is null ? host.ReadModel : new PositionedReadModel(host.ReadModel, state), host);

    private static Task<ReadModelVerdict> VerifySumsAsync(IReadModel readModel, StoreHost host)
    {
        Sequence last = Sequence.Zero;
        return new ReadModelVerification(host.Journal, readModel, 20).RunAsync(
            through =>
            {
                Assert.True(through > last, "Progress went back.");
                last = through;
            },
            Token);
    }

    /// <summary>A read model that reports another state.</summary>
    private sealed class PositionedReadModel(IReadModel inner, ReadModelState state) : ReadOnlyReadModel(inner)
    {
        public override ValueTask<ReadModelState> ReadStateAsync(CancellationToken cancellationToken) => new(state);
    }

    /// <summary>A read model whose generation is replaced once, before the first payer is read, or after a certain one.</summary>
    private sealed class ReplacedReadModel(IReadModel inner, Func<Task> replace, PayerName? after = null) : ReadOnlyReadModel(inner)
    {
        public bool IsReplaced { get; private set; }

        public override async ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken)
        {
            bool isDue = !IsReplaced && (after is null || payer == after);
            IsReplaced |= isDue;
            if (isDue && after is null)
            {
                await replace();
            }

            try
            {
                return await base.ReadDaysAsync(payer, before, cancellationToken);
            }
            finally
            {
                if (isDue && after is not null)
                {
                    await replace();
                }
            }
        }
    }

    /// <summary>A read model to which nothing may be written.</summary>
    private abstract class ReadOnlyReadModel(IReadModel inner) : IReadModel
    {
        public virtual ValueTask<ReadModelState> ReadStateAsync(CancellationToken cancellationToken) => inner.ReadStateAsync(cancellationToken);

        public ValueTask<PayerTotals> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken) => inner.ListPayersAsync(query, cancellationToken);

        public virtual ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken) =>
            inner.ReadDaysAsync(payer, before, cancellationToken);

        public ValueTask<bool> ApplyAsync(ReadModelGeneration generation, ReadModelRound round, CancellationToken cancellationToken) => throw Written();

        public ValueTask MarkDamagedAsync(ReadModelGeneration generation, string damage, CancellationToken cancellationToken) => throw Written();

        public ValueTask<ReadModelGeneration?> BeginBuildAsync(CancellationToken cancellationToken) => throw Written();

        public ValueTask<bool> FinishBuildAsync(ReadModelGeneration building, CancellationToken cancellationToken) => throw Written();

        public ValueTask AbandonAsync(ReadModelGeneration generation, CancellationToken cancellationToken) => throw Written();

        public ValueTask<bool> DeletePieceAsync(CancellationToken cancellationToken) => throw Written();

        public ValueTask ReclaimSpaceAsync(CancellationToken cancellationToken) => throw Written();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static InvalidOperationException Written() => new("A comparison writes nothing.");
    }
}
