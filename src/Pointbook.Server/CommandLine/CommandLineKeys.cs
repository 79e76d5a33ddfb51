using Pointbook.Access;
using Pointbook.Engine.Hosting;
using Pointbook.Ledger.Values;
using Pointbook.Server.Keys;

namespace Pointbook.Server.CommandLine;

/// <summary>The actions of <c>pointbook keys</c> on a store of keys.</summary>
internal sealed class CommandLineKeys(OpenKeys keys, TimeProvider clock)
{
    private const int PageSize = 500;
    private const string NoLedger = " No server has used that store yet. If you meant another store, revoke this key and name the store with --store.";

    // A user who can write to the store is an operator. The operating system provides the name.
    private static string Operator => Caller.CommandLinePrefix + Environment.UserName;

    private Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    /// <summary>Converts the options to the requested key.</summary>
    /// <exception cref="ArgumentFaultException">The options do not describe a valid key.</exception>
    public static KeyOrder Understand(string name, IReadOnlyList<string> scopes, IReadOnlyList<string> accounts, string? expires) =>
        new KeyWish(name, scopes, accounts.Count == 0 ? null : accounts, expires).TryUnderstand(out KeyOrder? order, out KeyWishFault? fault)
            ? order
            : throw new ArgumentFaultException($"{OptionOf(fault.Part)} {fault.Error}.");

    /// <summary>Creates a key. Only the key goes to standard output, so that a script can capture it; messages go to standard error.</summary>
    public async Task<int> CreateAsync(KeyOrder order, CancellationToken cancellationToken)
    {
        KeySecret secret = KeyDesk.NewSecret();
        ApiKey key = order.ToKey(secret, Now, Operator);
        KeyAddition addition = await keys.Store.AddAsync(key, keys.CountMax, cancellationToken);
        if (addition != KeyAddition.Added)
        {
            await Console.Error.WriteLineAsync(addition == KeyAddition.NameTaken
                ? $"A key named {key.Name} exists and isn't revoked. Revoke it first with 'pointbook keys revoke {key.Name}', or choose another name."
                : $"The number of keys has reached Keys:CountMax, which is {keys.CountMax}. Revoke keys that are no longer needed.");
            return 1;
        }

        if (!await TryMarkAsync(key, cancellationToken))
        {
            return 1;
        }

        await Console.Error.WriteLineAsync(
            $"Created the key {key.Name} ({key.Id}) in {keys.Place} for {ScopeNames.ToText(key.Scopes)} on {(key.Accounts.AreThere ? key.Accounts : "all accounts")}, "
            + $"{(key.ExpiresAt is { } end ? $"until {end}" : "until it is revoked")}.{(keys.HasLedger ? "" : NoLedger)} The key is shown only once:");
        await Console.Out.WriteLineAsync(secret.Reveal());
        return 0;
    }

    /// <summary>Lists the keys.</summary>
    public async Task<int> ListAsync(CancellationToken cancellationToken)
    {
        List<ApiKey> all = [];
        IReadOnlyList<ApiKey> page;
        do
        {
            page = await keys.Store.ListAsync(all.LastOrDefault()?.Id, PageSize, cancellationToken);
            all.AddRange(page);
        }
        while (page.Count == PageSize);
        KeyTable.Write(all, Now);
        return 0;
    }

    /// <summary>Revokes a key.</summary>
    /// <param name="text">The id of the key, or the name of an unrevoked one.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    public async Task<int> RevokeAsync(string text, CancellationToken cancellationToken)
    {
        KeySnapshot snapshot = await keys.Store.ReadSnapshotAsync(cancellationToken);
        KeyId? id = snapshot.Keys.FirstOrDefault(key => key.Id.Value == text || key.Name.Value == text)?.Id;
        if (id is null && !KeyId.TryCreate(text, out id))
        {
            await Console.Error.WriteLineAsync($"No unrevoked key is named {text}. List the keys with 'pointbook keys list'.");
            return 1;
        }

        ApiKey? revoked = await keys.Store.RevokeAsync(id, Now, Operator, cancellationToken);
        if (revoked is null)
        {
            await Console.Error.WriteLineAsync($"No key has the id {text}. List the keys with 'pointbook keys list'.");
            return 1;
        }

        await Console.Out.WriteLineAsync($"The key {revoked.Name} ({revoked.Id}) was revoked at {revoked.RevokedAt}. Running servers refuse it within a second.");
        return 0;
    }

    /// <summary>Marks the ledger as secured before it shows the key, so that a ledger that loses its keys is not open to everyone. Revokes the key if that fails.</summary>
    private async Task<bool> TryMarkAsync(ApiKey key, CancellationToken cancellationToken)
    {
        try
        {
            await keys.MarkAsync(cancellationToken);
            return true;
        }
        catch (StoreException failure)
        {
            await keys.Store.RevokeAsync(key.Id, Now, Operator, CancellationToken.None);
            await Console.Error.WriteLineAsync(
                $"{failure.Message.TrimEnd('.')}. The key {key.Name} ({key.Id}) was revoked and not shown. Check the store, then create the key again.");
            return false;
        }
    }

    private static string OptionOf(KeyWishPart part) => part switch
    {
        KeyWishPart.Name => "--name",
        KeyWishPart.Scopes => "--scope",
        KeyWishPart.Accounts => "--account",
        _ => "--expires",
    };
}
