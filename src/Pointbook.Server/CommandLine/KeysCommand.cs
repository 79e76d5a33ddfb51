using System.CommandLine;
using Pointbook.Access;

namespace Pointbook.Server.CommandLine;

/// <summary><c>pointbook keys</c>: creates, lists and revokes API keys. A server may run beside it and takes notice within a second.</summary>
internal static class KeysCommand
{
    private const string Advice = "Look with 'pointbook keys list' whether the change was made before you try again.";

    /// <summary>The subcommand.</summary>
    public static Command Create() =>
        new("keys", "Creates, lists and revokes API keys, also beside a running server.") { CreateCreate(), CreateList(), CreateRevoke() };

    private static Command CreateCreate()
    {
        Option<string> name = new("--name") { Required = true, HelpName = "name", Description = "Who uses the key; it is written on everything that is done with it." };
        Option<string[]> scopes = new("--scope")
        {
            Required = true,
            Arity = ArgumentArity.OneOrMore,
            HelpName = "scopes",
            Description = $"What it may be used for: {string.Join(", ", ScopeNames.All)}, with commas between.",
        };
        Option<string[]> accounts = new("--account")
        {
            Arity = ArgumentArity.OneOrMore,
            HelpName = "accounts",
            Description = "The accounts it may be used on, such as default or 'shop:*', with commas between; all if it is left out.",
        };
        Option<string> expires = new("--expires") { HelpName = "duration", Description = "How long it is taken, such as P90D; until it is revoked if it is left out." };
        Option<string[]> store = Store();
        Command command = new("create", "Creates a key and prints it, once: only its hash is kept.") { name, scopes, accounts, expires, store };
        command.SetAction((parsed, cancellationToken) => CommandLineRun.GuardAsync(
            () =>
            {
                // Before the store is opened, which creates what is missing.
                KeyOrder order = CommandLineKeys.Understand(
                    parsed.GetRequiredValue(name), Split(parsed.GetRequiredValue(scopes)), Split(parsed.GetValue(accounts)), parsed.GetValue(expires));
                return OpenAsync(parsed.GetValue(store), mayCreate: true, desk => desk.CreateAsync(order, cancellationToken), cancellationToken);
            },
            Advice,
            StoreAddress.Names));
        return command;
    }

    private static Command CreateList()
    {
        Option<string[]> store = Store();
        Command command = new("list", "Lists the keys there are and were. What makes them secret is not kept.") { store };
        command.SetAction((parsed, cancellationToken) =>
            CommandLineRun.GuardAsync(() => OpenAsync(parsed.GetValue(store), mayCreate: false, desk => desk.ListAsync(cancellationToken), cancellationToken), Advice, StoreAddress.Names));
        return command;
    }

    private static Command CreateRevoke()
    {
        Argument<string> key = new("key") { HelpName = "name or id", Description = "The key: its name, or the 16 digits behind pb_." };
        Option<string[]> store = Store();
        Command command = new("revoke", "Ends a key for good. Running servers refuse it within a second.") { key, store };
        command.SetAction((parsed, cancellationToken) =>
            CommandLineRun.GuardAsync(
                () => OpenAsync(parsed.GetValue(store), mayCreate: false, desk => desk.RevokeAsync(parsed.GetRequiredValue(key), cancellationToken), cancellationToken),
                Advice,
                StoreAddress.Names));
        return command;
    }

    private static Option<string[]> Store() => new("--store")
    {
        Arity = ArgumentArity.OneOrMore,
        HelpName = "store",
        Description = $"{StoreAddress.SqliteForm} or {StoreAddress.PostgresForm}; the one that the server is configured with if it is left out.",
    };

    private static IReadOnlyList<string> Split(string[]? texts) => [.. (texts ?? []).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries))];

    private static async Task<int> OpenAsync(string[]? stores, bool mayCreate, Func<CommandLineKeys, Task<int>> run, CancellationToken cancellationToken)
    {
        await using OpenKeys keys = await KeyPlace.OpenAsync(stores ?? [], mayCreate, cancellationToken);
        return await run(new CommandLineKeys(keys, TimeProvider.System));
    }
}
