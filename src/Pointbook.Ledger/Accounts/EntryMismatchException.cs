namespace Pointbook.Ledger.Accounts;

/// <summary>An entry does not follow from the state of its account: the two are not of one journal, or the state is damaged.</summary>
/// <param name="message">What does not fit.</param>
public sealed class EntryMismatchException(string message) : InvalidOperationException(message);
