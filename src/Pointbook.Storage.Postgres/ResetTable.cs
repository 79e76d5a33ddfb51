namespace Pointbook.Storage.Postgres;

/// <summary>A table whose rows are deleted piece by piece, and the statements for it. Keys are passed as texts, since a damaged row may contain any value.</summary>
/// <param name="Name">The table.</param>
/// <param name="Key">The columns that follow the partition in its primary key.</param>
internal sealed record ResetTable(string Name, params KeyColumn[] Key)
{
    /// <summary>A key that sorts before or equal to every key of a partition.</summary>
    public string[] FirstKey { get; } = [.. Key.Select(column => column.First)];

    /// <summary>Finds where the piece after the next one begins: $1 is the partition, $2 the start of the next piece, $3 its number of rows.</summary>
    public string NextSql { get; } =
        $"""
        SELECT ARRAY[{string.Join(", ", Key.Select(column => $"{column.Name}::text"))}]
        FROM {Name}
        WHERE {From(Key)}
        ORDER BY {Names(Key)}
        OFFSET $3
        LIMIT 1
        """;

    /// <summary>Deletes a piece: $1 is the partition, $2 the start of the piece, $3 the start of the piece after it.</summary>
    public string PieceSql { get; } = $"DELETE FROM {Name} WHERE {From(Key)} AND ({Names(Key)}) < ({Values(Key, 3)})";

    /// <summary>Deletes the last piece: $1 is the partition, $2 the start of the piece.</summary>
    public string RestSql { get; } = $"DELETE FROM {Name} WHERE {From(Key)}";

    private static string From(KeyColumn[] key) => $"partition = $1 AND ({Names(key)}) >= ({Values(key, 2)})";

    private static string Names(KeyColumn[] key) => string.Join(", ", key.Select(column => column.Name));

    private static string Values(KeyColumn[] key, int parameter) =>
        string.Join(", ", key.Select((column, index) => $"(${parameter}::text[])[{index + 1}]::{column.Type}"));
}

/// <summary>A column of a key.</summary>
/// <param name="Name">The column.</param>
/// <param name="Type">Its type in SQL.</param>
/// <param name="First">The lowest value of the type, as text.</param>
internal sealed record KeyColumn(string Name, string Type, string First)
{
    public static KeyColumn Text(string name) => new(name, "text", string.Empty);

    public static KeyColumn Integer(string name) => new(name, "integer", "-2147483648");

    public static KeyColumn Day(string name) => new(name, "date", "-infinity");

    public static KeyColumn Number(string name) => new(name, "bigint", "-9223372036854775808");
}
