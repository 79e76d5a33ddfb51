using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Keys;
using Spectre.Console;

namespace Pointbook.Server.CommandLine;

/// <summary>Shows keys: as a table on a terminal, otherwise as lines with tabs.</summary>
internal static class KeyTable
{
    private static readonly string[] Columns = ["id", "name", "status", "scopes", "accounts", "created", "by", "expires", "revoked", "by"];

    /// <summary>Writes the keys to the output.</summary>
    public static void Write(IReadOnlyList<ApiKey> keys, Instant now)
    {
        if (Console.IsOutputRedirected)
        {
            Console.Out.WriteLine(string.Join('\t', Columns));
            foreach (ApiKey key in keys)
            {
                Console.Out.WriteLine(string.Join('\t', Row(key, now)));
            }

            return;
        }

        Table table = new() { Border = TableBorder.Simple };
        table.AddColumns(Columns);
        foreach (ApiKey key in keys)
        {
            table.AddRow([.. Row(key, now).Select(Markup.Escape)]);
        }

        AnsiConsole.Write(table);
    }

    private static string[] Row(ApiKey key, Instant now) =>
    [
        key.Id.Value,
        key.Name.Value,
        KeyForm.StatusOf(key, now),
        string.Join(',', ScopeNames.Of(key.Scopes)),
        key.Accounts.AreThere ? string.Join(',', key.Accounts.Texts) : "all",
        key.CreatedAt.ToString(),
        key.CreatedBy ?? "-",
        key.ExpiresAt?.ToString() ?? "-",
        key.RevokedAt?.ToString() ?? "-",
        key.RevokedBy ?? "-",
    ];
}
