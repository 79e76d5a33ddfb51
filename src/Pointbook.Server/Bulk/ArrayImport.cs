using Microsoft.Extensions.Options;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Server.Json;
using Pointbook.Server.Security;
using Pointbook.Server.Transactions;

namespace Pointbook.Server.Bulk;

/// <summary>Adds the transactions of an array and reports the outcome of each.</summary>
internal sealed class ArrayImport(ILedger ledger, IOptions<BulkOptions> options, CallerWatch watch)
{
    /// <summary>Handles a request.</summary>
    public async Task<IResult> RunAsync(HttpContext context)
    {
        Parsed<ArrayBody> parsed = await ArrayBody.ReadAsync(context, options.Value);
        if (parsed.IsRefused)
        {
            return parsed.Problem;
        }

        // Reading the body may take long, so the server checks the caller again.
        if (await watch.FindFaultAsync(context.Caller()) is { } fault)
        {
            return fault;
        }

        ArrayBody body = parsed.Value;
        BulkTransactionReader reader = new(context);
        BulkWrite[] writes = new BulkWrite[body.Items.Count];
        for (int index = 0; index < writes.Length; index++)
        {
            writes[index] = new BulkWrite(index, reader.Read(body.Bytes.Span[body.Items[index]], "item"));
            writes[index].Send(ledger);
        }

        await Task.WhenAll(writes.Select(write => write.Answered)).WaitAsync(context.RequestAborted);

        // The ledger answers several clients on one thread, and writing a long reply would delay those behind.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        BulkItem[] items = [.. writes.Select(ToItem)];
        return new JsonReply<BulkReply>(StatusCodes.Status200OK, ToReply(items), ReplyJson.Default.BulkReply);
    }

    private static BulkItem ToItem(BulkWrite write)
    {
        int index = (int)write.Number;
        return write.Receipt is not { } receipt ? new BulkItem(index, BulkStatus.Refused, null, write.Problem!.ToContract())
            : new BulkItem(index, receipt.IsReplay ? BulkStatus.Replayed : BulkStatus.Accepted, TransactionForm.Of(receipt), null);
    }

    private static BulkReply ToReply(BulkItem[] items) => new(
        items.Count(item => item.Status == BulkStatus.Accepted),
        items.Count(item => item.Status == BulkStatus.Replayed),
        items.Count(item => item.Status == BulkStatus.Refused),
        items);
}
