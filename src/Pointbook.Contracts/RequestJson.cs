using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>
/// Reads and writes request bodies strictly. Unknown, duplicate and missing members, null and wrong types are invalid.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ClassicTransactionRequest))]
[JsonSerializable(typeof(ClassicSpendRequest))]
[JsonSerializable(typeof(TransactionRequest))]
[JsonSerializable(typeof(SpendRequest))]
[JsonSerializable(typeof(NoteRequest))]
[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(ClockRequest))]
[JsonSerializable(typeof(BulkTransaction))]
[JsonSerializable(typeof(IReadOnlyList<BulkTransaction>))]
public sealed partial class RequestJson : JsonSerializerContext;
