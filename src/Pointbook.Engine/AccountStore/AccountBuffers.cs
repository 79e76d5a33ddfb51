using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Memory that a writer of an account store reuses from one account to the next, because a round has very many accounts. Not thread-safe.</summary>
/// <remarks>Everything that was read or computed with the buffers is valid until the next account is read with them.</remarks>
public sealed class AccountBuffers
{
    // Most accounts need far less. Release frees a larger buffer, so that one large account does not hold its memory for ever.
    private const int BytesKeptMax = 256 * 1024;
    private const int ItemsKeptMax = 4_096;

    private byte[] _row = new byte[4 * 1024];
    private AccountChange _change = new();

    /// <summary>Creates empty buffers.</summary>
    public AccountBuffers() => Account = StoredAccount.Unread(this);

    internal AccountUpdate Update { get; } = new();

    internal ByteWriter Head { get; } = new();

    internal List<KeyValuePair<PayerName, PayerChange>> Payers { get; private set; } = [];

    internal List<KeyValuePair<LotKey, LotChange>> Lots { get; private set; } = [];

    /// <summary>The account to read next.</summary>
    internal StoredAccount Account { get; }

    /// <summary>Copies the snapshot of a row.</summary>
    public ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> snapshot)
    {
        if (snapshot.Length > _row.Length)
        {
            _row = new byte[snapshot.Length];
        }

        snapshot.CopyTo(_row);
        return _row.AsMemory(0, snapshot.Length);
    }

    /// <summary>Returns an empty change.</summary>
    internal static AccountChange BeginChange(AccountBuffers? buffers, AccountId account, AccountRow row)
    {
        AccountChange change = buffers?._change ?? new AccountChange();
        change.Begin(account, row);
        return change;
    }

    /// <summary>Forgets the last account. The caller must call this after its last account, because entries have texts that may be erased.</summary>
    public void Release()
    {
        bool isLarge = _change.CapacityOfItems > ItemsKeptMax;
        _change.Forget();
        Payers.Clear();
        Lots.Clear();
        Update.Forget();
        Account.Forget();
        if (isLarge)
        {
            (_change, Payers, Lots) = (new AccountChange(), [], []);
        }

        if (_row.Length > BytesKeptMax)
        {
            _row = new byte[4 * 1024];
        }
    }
}
