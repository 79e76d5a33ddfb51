using System.Globalization;
using System.Text.Json.Nodes;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Compares replies to clients with the rows of the journal.</summary>
internal static class ReplyAudit
{
    // The default of Operations:LinesInReplyMax.
    private const int LinesInReplyMax = 100;

    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>Compares the reply to a write that is done.</summary>
    /// <exception cref="AuditException">The reply differs from the entries in the journal.</exception>
    public static void Check(Write write)
    {
        Operation operation = write.Recorded!;
        bool isSame = (write.Kind, write.IsClassic) switch
        {
            (WriteKind.Add, true) => write.Reply!.Body == "Transaction Added",
            (WriteKind.Add, false) => JsonNode.DeepEquals(write.Reply!.Json, Transaction(operation, write)),
            (WriteKind.Erase, _) => JsonNode.DeepEquals(write.Reply!.Json, Erasure(operation, write)),
            (_, true) => JsonNode.DeepEquals(write.Reply!.Json, ClassicSpend(operation)),
            (_, false) => JsonNode.DeepEquals(write.Reply!.Json, Spend(operation, write.Account)),
        };
        if (!isSame)
        {
            throw new AuditException($"The reply to the client differs from {string.Join(", ", operation.Rows)}: {write}.");
        }
    }

    /// <remarks>An erasure may have removed the account key and the reference from the journal since.</remarks>
    private static JsonObject Transaction(Operation operation, Write write)
    {
        JsonObject transaction = new()
        {
            ["id"] = Id(operation.Partition, operation.Header.Sequence),
            ["account"] = write.Account,
            ["kind"] = operation.Header.Kind,
            ["payer"] = operation.Header.Payer,
            ["points"] = operation.Header.Points,
            ["balanceAfter"] = operation.Header.BalanceBefore + operation.Points,
            ["timestamp"] = Time(operation.Header.OccurredAt!.Value),
            ["recordedAt"] = Time(operation.RecordedAt),
        };
        if (write.Reference is not null)
        {
            transaction["reference"] = write.Reference;
        }

        return transaction;
    }

    private static JsonObject Erasure(Operation operation, Write write) => new()
    {
        ["id"] = Id(operation.Partition, operation.Header.Sequence),
        ["account"] = write.Account,
        ["erasedAs"] = AuditedName.Erased(operation.Header.Opening),
        ["recordedAt"] = Time(operation.RecordedAt),
    };

    private static JsonObject Spend(Operation operation, string account)
    {
        JsonObject spend = WithFirstLines(operation, account);
        if (operation.Rows.Count - 1 > LinesInReplyMax)
        {
            spend["linesUrl"] = $"/v1/accounts/{account}/transactions/{Id(operation.Partition, operation.Header.Sequence)}/lines";
        }

        return spend;
    }

    /// <summary>A spend with the first of its lines. Each row but the header is a line.</summary>
    private static JsonObject WithFirstLines(Operation operation, string account) => new()
    {
        ["id"] = Id(operation.Partition, operation.Header.Sequence),
        ["account"] = account,
        ["points"] = -operation.Draws.Sum(row => row.Points),
        ["status"] = "final",
        ["recordedAt"] = Time(operation.RecordedAt),
        ["allocations"] = Lines(operation, sign: -1),
        ["draws"] = new JsonArray([.. operation.Rows.Take(1 + LinesInReplyMax).Where(row => row.Kind == "draw").Select(row => new JsonObject
        {
            ["transactionId"] = Id(operation.Partition, row.Lot!.Value),
            ["payer"] = row.Payer,
            ["timestamp"] = Time(row.OccurredAt!.Value),
            ["points"] = -row.Points,
        })]),
        ["linesCount"] = operation.Rows.Count - 1,
    };

    private static JsonArray ClassicSpend(Operation operation) => Lines(operation, sign: 1);

    /// <summary>A line for each payer, in order of first draw.</summary>
    private static JsonArray Lines(Operation operation, int sign) =>
        [.. operation.Draws.GroupBy(row => row.Payer, StringComparer.Ordinal).Select(payer => new JsonObject
        {
            ["payer"] = payer.Key,
            ["points"] = sign * payer.Sum(row => row.Points),
        })];

    /// <summary>The id of the operation that begins at a sequence: 16 bits for the partition and 64 bits for the sequence, in base 32.</summary>
    private static string Id(int partition, long sequence)
    {
        Int128 bits = ((Int128)partition << 64) + sequence;
        char[] text = new char[16];
        for (int index = text.Length - 1; index >= 0; index--)
        {
            text[index] = Digits[(int)(bits & 31)];
            bits >>= 5;
        }

        return new string(text);
    }

    private static string Time(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
}
