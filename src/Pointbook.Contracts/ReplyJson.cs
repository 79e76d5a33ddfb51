using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>
/// Reads and writes replies. The server omits members without a value. A client ignores members that it does not know.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Transaction))]
[JsonSerializable(typeof(Page<Transaction>))]
[JsonSerializable(typeof(Page<TransactionLine>))]
[JsonSerializable(typeof(Spend))]
[JsonSerializable(typeof(SpendPreview))]
[JsonSerializable(typeof(Capture))]
[JsonSerializable(typeof(Reversal))]
[JsonSerializable(typeof(Balance))]
[JsonSerializable(typeof(EffectiveBalance))]
[JsonSerializable(typeof(Page<Lot>))]
[JsonSerializable(typeof(Page<AccountSummary>))]
[JsonSerializable(typeof(Page<PayerSummary>))]
[JsonSerializable(typeof(Statement))]
[JsonSerializable(typeof(Flush))]
[JsonSerializable(typeof(Restore))]
[JsonSerializable(typeof(Erasure))]
[JsonSerializable(typeof(Key))]
[JsonSerializable(typeof(Page<Key>))]
[JsonSerializable(typeof(ClockReply))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(BulkReply))]
[JsonSerializable(typeof(BulkRefusedLine))]
[JsonSerializable(typeof(BulkSummary))]
[JsonSerializable(typeof(JournalHeads))]
[JsonSerializable(typeof(JournalCommit))]
[JsonSerializable(typeof(JournalEntry))]
[JsonSerializable(typeof(IReadOnlyList<SpendLine>))]
[JsonSerializable(typeof(OrderedDictionary<string, long>), TypeInfoPropertyName = "ClassicBalance")]
public sealed partial class ReplyJson : JsonSerializerContext;
