namespace Pointbook.Ledger.Entries;

/// <summary>What one line of the journal records. The numbers are part of the sealed format and never change.</summary>
public enum EntryKind
{
    /// <summary>Points came in and opened a lot.</summary>
    Credit = 1,

    /// <summary>A payer took points back; lots pay for it later.</summary>
    Deduction = 2,

    /// <summary>The header of a spend; its draws and settlements follow.</summary>
    Spend = 3,

    /// <summary>What a spend takes out of one lot.</summary>
    Draw = 4,

    /// <summary>A lot paid for outstanding deductions of its payer. No balance changes.</summary>
    Settlement = 5,

    /// <summary>A pending spend became final.</summary>
    Capture = 6,

    /// <summary>The header of a reversal; its returns follow.</summary>
    Reversal = 7,

    /// <summary>A reversed draw went back into its lot.</summary>
    Return = 8,

    /// <summary>What was left of a lot expired.</summary>
    Expiry = 9,

    /// <summary>A lot, with the outstanding deductions it pays, or a payer's line at zero was flushed. The first one of a flush is its header; it has no payer if the account was empty.</summary>
    Flush = 10,

    /// <summary>The mirror of a flush entry.</summary>
    Restore = 11,
}
