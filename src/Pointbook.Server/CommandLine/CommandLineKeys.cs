using Pointbook.Access;
using Pointbook.Engine.Hosting;
using Pointbook.Ledger.Values;
using Pointbook.Server.Keys;

namespace Pointbook.Server.CommandLine;

/// <summary>What <c>pointbook keys</c> does with a store of keys.</summary>
internal sealed class CommandLineKeys(OpenKeys keys, TimeProvider clock)
{
    private const int PageSize = 500;
    private const string NoLedger = " No server has used that store yet; if you meant another one, revoke this key and name the store with --store.";

    // Whoever can write to the store is an operator; which one is what the operating system says.
    private static string Operator => Caller.CommandLinePrefix + Environment.UserName;

    private Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    /// <summary>The key that is asked for.</summary>
    /// <exception cref="ArgumentFaultException">There is no such key.</exception>
    public static KeyOrder Understand(string name, IReadOnlyList<string> scopes, IReadOnlyList<string> accounts, string? expires) =>
        new KeyWish(name, scopes, accounts.Count == 0 ? null : accounts, expires).TryUnderstand(out KeyOrder? order, out KeyWishFault? fault)
            ? order
            : throw new ArgumentFaultException($"{OptionOf(fault.Part)} {fault.Error}.");

    /// <summary>Creates a key. The key alone goes to the output, so that it can be put into a variable; what is said about it goes beside.</summary>
    public async Task<int> CreateAsync(KeyOrder order, CancellationToken cancellationToken)
    {
        KeySecret secret = KeyDesk.NewSecret();
        ApiKey key = order.ToKey(secret, Now, Operator);
        KeyAddition addition = await keys.Store.AddAsync(key, keys.CountMax, cancellationToken);
        if (addition != KeyAddition.Added)
        {
            await Console.Error.WriteLineAsync(addition == KeyAddition.NameTaken
                ? $"A key that is not revoked is called {key.Name}; revoke it first with 'pointbook keys revoke {key.Name}', or choose another name."
                : $"There are as many keys as Keys:CountMax allows, {keys.CountMax}; revoke those that nobody needs any longer.");
            return 1;
        }

        if (!await TryMarkAsync(key, cancellationToken))
        {
            return 1;
        }

        await Console.Error.WriteLineAsync(
            $"Created the key {key.Name} ({key.Id}) in {keys.Place} for {ScopeNames.ToText(key.Scopes)} on {(key.Accounts.AreThere ? key.Accounts : "all accounts")}, "
            + $"{(key.ExpiresAt is { } end ? $"until {end}" : "until it is revoked")}.{(keys.HasLedger ? "" : NoLedger)} It is shown this once:");
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
    /// <param name="text">Its id, or the name of one that is not revoked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<int> RevokeAsync(string text, CancellationToken cancellationToken)
    {
        KeySnapshot snapshot = await keys.Store.ReadSnapshotAsync(cancellationToken);
        KeyId? id = snapshot.Keys.FirstOrDefault(key => key.Id.Value == text || key.Name.Value == text)?.Id;
        if (id is null && !KeyId.TryCreate(text, out id))
        {
            await Console.Error.WriteLineAsync($"There is no key called {text} that is not revoked; see 'pointbook keys list'.");
            return 1;
        }

        ApiKey? revoked = await keys.Store.RevokeAsync(id, Now, Operator, cancellationToken);
        if (revoked is null)
        {
            await Console.Error.WriteLineAsync($"There is no key with the id {text}; see 'pointbook keys list'.");
            return 1;
        }

        await Console.Out.WriteLineAsync($"The key {revoked.Name} ({revoked.Id}) is revoked since {revoked.RevokedAt}. Running servers refuse it within a second.");
        return 0;
    }

    /// <summary>Marks the ledger as secured before the key is shown, so that a ledger whose keys are lost is not open to everybody. If that fails, the key is revoked.</summary>
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
                $"{failure.Message.TrimEnd('.')}. The key {key.Name} ({key.Id}) is revoked and was not shown; see to the store, then create the key again.");
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
