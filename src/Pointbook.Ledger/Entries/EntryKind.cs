namespace Pointbook.Ledger.Entries;

/// <summary>What one line of the journal records. The numbers are part of the sealed format and never change.</summary>
public enum EntryKind
{
    /// <summary>A transaction added points and opened a lot.</summary>
    Credit = 1,

    /// <summary>A transaction took points back; lots settle it later.</summary>
    Deduction = 2,

    /// <summary>The header of a spend; its draws and settlements follow.</summary>
    Spend = 3,

    /// <summary>A spend drew points from one lot.</summary>
    Draw = 4,

    /// <summary>A lot settled unpaid deductions of its payer. No balance changes.</summary>
    Settlement = 5,

    /// <summary>A pending spend became final.</summary>
    Capture = 6,

    /// <summary>The header of a reversal; its returns follow.</summary>
    Reversal = 7,

    /// <summary>A reversed draw returned to its lot.</summary>
    Return = 8,

    /// <summary>The rest of a lot expired.</summary>
    Expiry = 9,

    /// <summary>A flush of a lot, with the unpaid deductions that it settles, of a payer's line at zero, or of a pending spend.</summary>
    /// <remarks>The flush's first entry is its header. It has no payer if the account was empty.</remarks>
    Flush = 10,

    /// <summary>The mirror of a flush entry.</summary>
    Restore = 11,

    /// <summary>The account ended. Its key and the texts of its earlier entries are erased, and a client may use the key again.</summary>
    Erasure = 12,
}
