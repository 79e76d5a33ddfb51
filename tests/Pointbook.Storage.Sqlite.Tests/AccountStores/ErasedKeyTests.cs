using System.Text;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>SQLite moves rows between pages as a file grows. The old places of these rows must not keep anything of an erased account.</summary>
public sealed class ErasedKeyTests
{
    private const int Accounts = 5_000;
    private const int Erased = 500;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_of_many_accounts_contain_no_key_of_an_erased_account()
    {
        await using SqliteHost host = new();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        for (int round = 0; round < 3; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, Accounts).Select(number => ledger.DoAsync(
                new AddTransaction(Account(number), Given.Payer("P"), new Points(1), Given.Time).With($"key {round} of {number}"))));
            await ledger.Partition.WaitUntilStoredAsync(Token);
        }

        AccountId[] erased = [.. Enumerable.Range(0, Erased).Select(number => Account(number * 97 % Accounts))];
        await Task.WhenAll(erased.Select(account => ledger.DoAsync(new FlushAccount(account))));
        await Task.WhenAll(erased.Select(async account => (await ledger.DoAsync(new EraseAccount(account))).Accepted()));
        await ledger.Partition.WaitUntilStoredAsync(Token);
        await Eventually.TrueAsync(async () => (await ledger.AccountStore.ListErasuresAsync(Sequence.Zero, 1, Token)).Count == 0, TimeSpan.FromMinutes(5), () => "All erasures are finished.");
        byte[] stored = await host.ReadFilesAsync();
        Assert.Equal([], erased.Where(account => stored.AsSpan().IndexOf(Encoding.UTF8.GetBytes(account.Value)) >= 0));
    }

    private static AccountId Account(int number) => Given.Account($"holder-{number * 7919 % Accounts:D5}@example.com");
}
