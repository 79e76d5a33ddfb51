using System.Security.Cryptography;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine;

/// <summary>The hash that distinguishes two commands with one idempotency key: SHA-256 of operation and parsed command.</summary>
/// <remarks>
/// It covers parsed values, so that <c>2020-11-02T14:00:00Z</c> and <c>2020-11-02T15:00:00+01:00</c> are the same command.
/// The store keeps it with the key, so its format never changes. A new command gets a new operation name.
/// </remarks>
public static class CommandHash
{
    /// <summary>Computes the hash. It covers reference and reason, but not key and actor.</summary>
    public static Digest Compute(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        CanonicalWriter writer = new();
        switch (command)
        {
            case AddTransaction add:
                writer.WriteText("add");
                writer.WriteText(add.Payer.Value);
                writer.WriteInt64(add.Points.Value);
                writer.WriteInt64(add.OccurredAt.UnixMicroseconds);
                writer.WriteOptionalInt64(add.ExpiresAt?.UnixMicroseconds);
                break;
            case SpendPoints { Hold: { } hold } spend:
                writer.WriteText("hold");
                writer.WriteInt64(spend.Points.Value);
                writer.WriteInt64(hold.Ticks / TimeSpan.TicksPerMicrosecond);
                break;
            case SpendPoints spend:
                writer.WriteText("spend");
                writer.WriteInt64(spend.Points.Value);
                break;
            case FlushAccount:
                writer.WriteText("flush");
                break;
            case CaptureSpend capture:
                writer.WriteText("capture");
                writer.WriteInt64(capture.Subject.Value);
                break;
            case ReverseSpend reversal:
                writer.WriteText("reversal");
                writer.WriteInt64(reversal.Subject.Value);
                break;
            case RestoreFlush restore:
                writer.WriteText("restore");
                writer.WriteInt64(restore.Subject.Value);
                break;
            case EraseAccount:
                writer.WriteText("erasure");
                break;
            default:
                throw new ArgumentException($"There is no hash for {command.GetType().Name}.", nameof(command));
        }

        writer.WriteOptionalText(command.Origin?.Reference);
        writer.WriteOptionalText(command.Origin?.Reason);
        return new Digest(SHA256.HashData(writer.Written));
    }
}
