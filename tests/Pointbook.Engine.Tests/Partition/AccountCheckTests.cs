using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>After rows were deleted, the partition looks for accounts that lost their row, and repairs them.</summary>
public sealed class AccountCheckTests
{
    private const int DirectoryRewritten = 1072;
    private const int AccountsChecked = 1076;

    private readonly RecordingLogger _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_check_waits_until_the_directory_may_be_rewritten()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using Node node = await StartAsync(2, clock);
        node.AccountStore.DirectoryDamage = "a test";
        await node.AskAsync(AccountId.FromTrusted("stranger"));
        await Eventually.TrueAsync(() => _log.MessagesOf(DirectoryRewritten).Count == 1 && !node.Partition.Health.IsDirectoryDamaged);

        // The pause before the next rewriting takes 10 s.
        node.AccountStore.Lose(Account(1));
        node.AccountStore.DirectoryDamage = "a test";
        Delete(node);
        await Eventually.TrueAsync(() => _log.MessagesOf(AccountsChecked).Count > 0);
        for (int request = 0; request < 100; request++)
        {
            await node.AskAsync(AccountId.FromTrusted("stranger"));
            node.Partition.ReportBehind();
            (await node.DoAsync(Given.Add(1, account: Account(0)))).Accepted();
            await node.Partition.WaitUntilStoredAsync(Token);
        }

        Assert.Single(_log.MessagesOf(AccountsChecked));
        await Eventually.TrueAsync(() => node.Partition.Health.IsDirectoryDamaged);
        clock.Advance(TimeSpan.FromSeconds(11));
        await Eventually.TrueAsync(() => node.AccountStore.CheckedRows == 1 && node.AccountStore.ReadTables().Accounts.Count == 2);
        Assert.Equal(2, _log.MessagesOf(DirectoryRewritten).Count);
    }

    [Fact]
    public async Task A_check_that_finds_more_accounts_than_are_repaired_at_a_time_ends_after_all_of_them()
    {
        const int Accounts = 1_700;
        await using Node node = await StartAsync(Accounts);
        for (int number = 0; number < Accounts; number++)
        {
            node.AccountStore.Lose(Account(number));
        }

        Delete(node);
        await Eventually.TrueAsync(() => node.AccountStore.CheckedRows == 1 && node.Partition.Health.DamagedAccounts == 0);
        await Eventually.TrueAsync(() => node.AccountStore.ReadTables().Accounts.Count == Accounts && !node.AccountStore.HasDamagedAccounts);
    }

    [Fact]
    public async Task Rows_that_are_deleted_after_a_check_passed_their_accounts_cause_another_check()
    {
        await using Node node = await StartAsync(600);
        int loads = 0;
        node.Gate.BeforeLoad = () =>
        {
            // The first load of the check contains the first accounts, so the second one does not find this one missing. It fails, and is repeated.
            if (Interlocked.Increment(ref loads) != 2)
            {
                return Task.CompletedTask;
            }

            node.AccountStore.Lose(Account(0));
            node.AccountStore.RowsOfNoAccount = 2;
            throw new StorageFailureException("a test");
        };
        Delete(node);
        await Eventually.TrueAsync(() =>
        {
            node.Partition.ReportBehind();
            return node.AccountStore.CheckedRows == 2;
        });
        await Eventually.TrueAsync(() => node.AccountStore.ReadTables().Accounts.Count == 600);
    }

    [Fact]
    public async Task An_account_is_erased_while_a_check_waits_for_a_failing_store()
    {
        await using Node node = await StartAsync(2);
        (await node.DoAsync(Given.Flush(Account(0)))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Gate.BeforeLoad = () =>
        {
            failed.TrySetResult();
            throw new StorageFailureException("a test");
        };
        Delete(node);
        await failed.Task.WaitAsync(Token);
        (await node.DoAsync(new EraseAccount(Account(0)))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        await Eventually.TrueAsync(async () => (await node.AccountStore.ListErasuresAsync(Sequence.Zero, 1, Token)).Count == 0);
        Assert.Equal(0, node.AccountStore.CheckedRows);
        node.Gate.BeforeLoad = null;
        await Eventually.TrueAsync(() => node.AccountStore.CheckedRows == 1);
    }

    private static AccountId Account(int number) => AccountId.FromTrusted($"account{number}");

    /// <summary>Claims that a row was deleted, and makes the partition look.</summary>
    private static void Delete(Node node)
    {
        node.AccountStore.RowsOfNoAccount++;
        node.Partition.ReportBehind();
    }

    /// <summary>Starts a node on accounts of one credit each.</summary>
    private async Task<Node> StartAsync(int accounts, TimeProvider? clock = null)
    {
        Node node = await Node.StartAsync(
            clock: clock,
            snapshotWriterOptions: new SnapshotWriterOptions { RoundDelay = TimeSpan.Zero, RetryDelay = TimeSpan.FromMilliseconds(1) },
            logger: _log,
            withReadModel: false);
        for (int number = 0; number < accounts; number++)
        {
            (await node.DoAsync(Given.Add(10, account: Account(number)))).Accepted();
        }

        await node.Partition.WaitUntilStoredAsync(Token);
        return node;
    }
}
