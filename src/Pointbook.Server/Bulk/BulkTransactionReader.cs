using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Bulk;

/// <summary>Reads the command to add a transaction out of an item or a line.</summary>
internal static class BulkTransactionReader
{
    private const int ReferenceLengthMax = 200;
    private const int ReasonLengthMax = 500;

    /// <summary>Reads the command, or says what is wrong.</summary>
    /// <param name="json">The item or line.</param>
    /// <param name="part">What it is called in sentences.</param>
    public static Parsed<AddTransaction> Read(ReadOnlySpan<byte> json, string part)
    {
        try
        {
            if (JsonSerializer.Deserialize(json, RequestJson.Default.BulkTransaction) is BulkTransaction transaction)
            {
                return ToCommand(transaction);
            }
        }
        catch (JsonException)
        {
            // The second pass below says what is wrong, in words that the serializer does not have.
        }

        return JsonFaults.Find(json, RequestJson.Default.BulkTransaction, part);
    }

    private static Parsed<AddTransaction> ToCommand(BulkTransaction transaction)
    {
        if (!AccountId.TryCreate(transaction.Account, out AccountId? account, out string? error))
        {
            return new ProblemReply(ProblemTable.InvalidAccount, $"account {error}.", "account");
        }

        if (!PayerName.TryCreate(transaction.Payer, out PayerName? payer, out error))
        {
            return new ProblemReply(ProblemTable.InvalidPayer, $"payer {error}.", "payer");
        }

        IdempotencyKey? key = null;
        if (transaction.IdempotencyKey is not null && !IdempotencyKey.TryCreate(transaction.IdempotencyKey, out key, out error))
        {
            return new ProblemReply(ProblemTable.InvalidIdempotencyKey, $"idempotencyKey {error}.", "idempotencyKey");
        }

        if (!IsText(transaction.Reference, ReferenceLengthMax, out error))
        {
            return new ProblemReply(ProblemTable.InvalidReference, $"reference {error}.", "reference");
        }

        if (!IsText(transaction.Reason, ReasonLengthMax, out error))
        {
            return new ProblemReply(ProblemTable.InvalidReason, $"reason {error}.", "reason");
        }

        AddTransaction command = new(account, payer, new Points(transaction.Points), Instant.FromDateTimeOffset(transaction.Timestamp))
        {
            ExpiresAt = transaction.ExpiresAt is { } expiresAt ? Instant.FromDateTimeOffset(expiresAt) : null,
        };
        return WithOrigin(command, key, transaction.Reference, transaction.Reason);
    }

    private static AddTransaction WithOrigin(AddTransaction command, IdempotencyKey? key, string? reference, string? reason)
    {
        if (reference is not null || reason is not null)
        {
            command = command with { Origin = new Origin { Reference = reference, Reason = reason } };
        }

        return key is null
            ? command
            : command with { Origin = new Origin { Key = key, KeyHash = CommandHash.Compute(command), Reference = reference, Reason = reason } };
    }

    private static bool IsText(string? text, int lengthMax, [NotNullWhen(false)] out string? error)
    {
        error = text is null ? null : text.Length == 0 ? "is empty; send some text or leave it out" : FaultOf(text, lengthMax);
        return error is null;
    }

    private static string? FaultOf(string text, int lengthMax)
    {
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            length++;
            if (Rune.IsControl(rune))
            {
                return $"holds the control character U+{rune.Value:X4}; remove it";
            }
        }

        return length > lengthMax ? $"is {length} characters long; send at most {lengthMax}" : null;
    }
}
