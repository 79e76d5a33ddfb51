using System.Globalization;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.StorageContract;

/// <content>What a verification finds in a store with erasures.</content>
public abstract partial class ErasureContract
{
    [Theory]
    [InlineData("DELETE FROM erasure", "is unfinished but missing from the list")]
    [InlineData("UPDATE erasure SET opening = 1", "which does not erase the account that entry 1 opened")]
    [InlineData("UPDATE erasure SET sequence = 1", "The list of erasures contains entry 1, which does not erase")]
    public async Task An_altered_list_of_erasures_erases_no_other_account_and_is_detected(string damage, string difference)
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            AddTransaction first = new(Given.Account("carol"), Given.Payer("DANNON"), new Points(7), Given.Time) { Origin = new Origin { Reference = "carol-order" } };
            (await ledger.DoAsync(first)).Accepted();
            await WriteAsync(ledger);
            bool isTried = false;
            ledger.Journal.BeforeErase = () =>
            {
                isTried = true;
                throw new JournalException("Scripted: killed.");
            };
            (await ledger.DoAsync(Erase())).Accepted();
            await Eventually.TrueAsync(() => isTried);
            await ledger.StopAsync(inOrder: true);
        }

        await host.OpenAsync();
        await host.ChangeRowsAsync(damage);
        AccountStoreVerdict verdict = await VerifyAsync(host);
        Assert.Contains(verdict.Differences, found => found.Contains(difference, StringComparison.Ordinal));
        await using RunningLedger next = await RunningLedger.StartAsync(host);
        (await next.DoAsync(new FlushAccount(Given.Account(Neighbour)))).Accepted();
        (await next.DoAsync(new EraseAccount(Given.Account(Neighbour)))).Accepted();
        await Eventually.TrueAsync(async () => !await host.HasTextAsync("bob-order"));
        Assert.True(await host.HasTextAsync("alice-order-1"));
        Assert.True(await host.HasTextAsync("carol-order"));
    }

    /// <summary>POINTBOOK_BIT_STEP=1 flips every bit.</summary>
    [Fact]
    public async Task A_flipped_bit_in_the_list_of_erasures_is_detected()
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            await WriteAsync(ledger);
            ledger.Journal.BeforeErase = () => throw new JournalException("Scripted: killed.");
            (await ledger.DoAsync(Erase())).Accepted();
            await ledger.StopAsync(inOrder: true);
        }

        await host.OpenAsync();
        Assert.Equal(0, (await VerifyAsync(host)).DifferenceCount);
        int step = int.Parse(Environment.GetEnvironmentVariable("POINTBOOK_BIT_STEP") ?? "7", CultureInfo.InvariantCulture);
        foreach (string column in new[] { "sequence", "opening" })
        {
            long right = await host.ReadNumberAsync($"SELECT {column} FROM erasure");
            for (int bit = 0; bit < 64; bit += step)
            {
                await host.ChangeRowsAsync($"UPDATE erasure SET {column} = {right ^ (1L << bit)}");
                AccountStoreVerdict verdict = await VerifyAsync(host);
                Assert.True(verdict.DifferenceCount > 0, $"Verification does not detect bit {bit} of {column}.");
                await host.ChangeRowsAsync($"UPDATE erasure SET {column} = {right}");
            }
        }

        Assert.Equal(0, (await VerifyAsync(host)).DifferenceCount);
    }

    [Fact]
    public async Task Verification_tolerates_an_erasure_that_happens_meanwhile()
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        await WriteAsync(ledger);
        Sequence last = (await host.Journal.ReadHeadAsync(Token)).Last;
        bool isErased = false;
        AccountStoreVerdict verdict = await new AccountStoreVerification(host.Journal, host.AccountStore, new AccountStoreVerificationBounds(), host.Clock).RunAsync(
            read =>
            {
                if (read == last && !isErased)
                {
                    isErased = true;
                    Task.Run(EraseAsync, Token).GetAwaiter().GetResult();
                }
            },
            Token);
        Assert.True(isErased);
        Assert.Equal((null, string.Empty), (verdict.Rebuild, string.Join('\n', verdict.Differences)));

        async Task EraseAsync()
        {
            (await ledger.DoAsync(Erase())).Accepted();
            await WaitUntilErasedAsync(ledger);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Verification_tolerates_texts_that_are_erased_meanwhile(int commits)
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        Sequence opening;
        Receipt erasure;
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            opening = await WriteAsync(ledger);
            ledger.Journal.BeforeErase = () => throw new JournalException("Scripted: killed.");
            erasure = (await ledger.DoAsync(Erase())).Accepted();
            await ledger.StopAsync(inOrder: true);
        }

        await host.OpenAsync();
        int read = 0;
        AccountStoreVerdict verdict = await new AccountStoreVerification(host.Journal, host.AccountStore, new AccountStoreVerificationBounds(), host.Clock).RunAsync(
            _ =>
            {
                if (++read == commits)
                {
                    Task.Run(EraseAsync, Token).GetAwaiter().GetResult();
                }
            },
            Token);
        Assert.True(read >= commits);
        Assert.Equal((null, string.Empty), (verdict.Rebuild, string.Join('\n', verdict.Differences)));

        async Task EraseAsync()
        {
            AccountErasure erased = new(opening, erasure.Id.Sequence);
            await host.Journal.EraseTextsAsync(erased, opening, Token);
            for (Sequence? next = erased.Sequence; next > Sequence.Zero;)
            {
                next = await host.Journal.EraseTextsAsync(erased, next.Value, Token);
            }
        }
    }
}
