using System.CommandLine;
using Pointbook.Access;

namespace Pointbook.Server.CommandLine;

/// <summary><c>pointbook keys</c>: creates, lists and revokes API keys. A running server applies changes within a second.</summary>
internal static class KeysCommand
{
    private const string Advice = "Before you try again, check with 'pointbook keys list' whether the change was made.";

    /// <summary>The subcommand.</summary>
    public static Command Create() =>
        new("keys", "Creates, lists and revokes API keys. Works while servers are running.") { CreateCreate(), CreateList(), CreateRevoke() };

    private static Command CreateCreate()
    {
        Option<string> name = new("--name") { Required = true, HelpName = "name", Description = "The user of the key. The journal records it with every write that uses the key." };
        Option<string[]> scopes = new("--scope")
        {
            Required = true,
            Arity = ArgumentArity.OneOrMore,
            HelpName = "scopes",
            Description = $"The scopes, separated by commas: {string.Join(", ", ScopeNames.All)}.",
        };
        Option<string[]> accounts = new("--account")
        {
            Arity = ArgumentArity.OneOrMore,
            HelpName = "accounts",
            Description = "The accounts to which the key is restricted, separated by commas, such as default or 'shop:*'. Default: all accounts.",
        };
        Option<string> expires = new("--expires") { HelpName = "duration", Description = "How long the key is valid, such as P90D. Default: until it is revoked." };
        Option<string[]> store = Store();
        Command command = new("create", "Creates a key and prints it once. The store keeps only its hash.") { name, scopes, accounts, expires, store };
        command.SetAction((parsed, cancellationToken) => CommandLineRun.GuardAsync(
            () =>
            {
                // Parse before opening the store, because opening creates what is missing.
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
        Command command = new("list", "Lists all keys, including revoked ones. The store does not keep the secrets.") { store };
        command.SetAction((parsed, cancellationToken) =>
            CommandLineRun.GuardAsync(() => OpenAsync(parsed.GetValue(store), mayCreate: false, desk => desk.ListAsync(cancellationToken), cancellationToken), Advice, StoreAddress.Names));
        return command;
    }

    private static Command CreateRevoke()
    {
        Argument<string> key = new("key") { HelpName = "name or id", Description = "The name of the key, or its id: the 16 digits after pb_." };
        Option<string[]> store = Store();
        Command command = new("revoke", "Revokes a key permanently. Running servers refuse it within a second.") { key, store };
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
        Description = $"{StoreAddress.SqliteForm} or {StoreAddress.PostgresForm}. Default: the store in the server's configuration.",
    };

    private static IReadOnlyList<string> Split(string[]? texts) => [.. (texts ?? []).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries))];

    private static async Task<int> OpenAsync(string[]? stores, bool mayCreate, Func<CommandLineKeys, Task<int>> run, CancellationToken cancellationToken)
    {
        await using OpenKeys keys = await KeyPlace.OpenAsync(stores ?? [], mayCreate, cancellationToken);
        return await run(new CommandLineKeys(keys, TimeProvider.System));
    }
}
