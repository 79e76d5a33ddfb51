using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>How request bodies are read and written: strictly. Unknown, duplicate and missing members, nulls and wrong types fail.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TransactionRequest))]
[JsonSerializable(typeof(SpendRequest))]
[JsonSerializable(typeof(BulkTransaction))]
public sealed partial class RequestJson : JsonSerializerContext;
