using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pointbook.Bench.Reporting;

/// <summary>What was measured, where and how. Prints each result immediately, and saves all as text and as JSON.</summary>
internal sealed class Report(string command)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly StringBuilder _text = new();
    private readonly JsonObject _tables = [];
    private readonly List<(string Name, string Value)> _head = [("command", command), .. Machine.Describe()];

    /// <summary>Prints what is known before the first measurement.</summary>
    public void Print()
    {
        foreach ((string name, string value) in _head)
        {
            WriteHead(name, value);
        }
    }

    /// <summary>Adds a detail about what is measured and how.</summary>
    public void Describe(string name, string value)
    {
        _head.Add((name, value));
        WriteHead(name, value);
    }

    /// <summary>Prints a line that contains no figure.</summary>
    public void Write(string line)
    {
        Console.WriteLine(line);
        _text.AppendLine(line);
    }

    /// <summary>Adds a table.</summary>
    public void Add(Table table)
    {
        Write("");
        Write(table.Title);
        foreach (string line in table.ToLines())
        {
            Write(line);
        }

        _tables[table.Title] = table.ToJson();
    }

    /// <summary>Writes <paramref name="path"/>.txt and <paramref name="path"/>.json.</summary>
    public void Save(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory)
        {
            Directory.CreateDirectory(directory);
        }

        JsonObject root = [];
        foreach ((string name, string value) in _head)
        {
            root[name] = value;
        }

        root["measured at"] = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        root["tables"] = _tables.DeepClone();
        File.WriteAllText(path + ".txt", _text.ToString());
        File.WriteAllText(path + ".json", root.ToJsonString(Indented) + "\n");
    }

    private void WriteHead(string name, string value) => Write($"{name + ":",-13} {value}");
}
