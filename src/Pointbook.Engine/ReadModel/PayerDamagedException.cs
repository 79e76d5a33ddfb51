using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The stored sums of one payer differ from what the read model's loop stored.</summary>
public sealed class PayerDamagedException : StorageFailureException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="payer">The payer.</param>
    /// <param name="damage">The fault, as the end of a sentence.</param>
    public PayerDamagedException(PayerName payer, string damage)
        : base($"The stored sums of payer {payer} are damaged: {damage}.") => (Payer, Damage) = (payer, damage);

    /// <summary>The payer.</summary>
    public PayerName Payer { get; }

    /// <summary>The fault, as the end of a sentence.</summary>
    public string Damage { get; }
}
