namespace Pointbook.Ledger.Accounts;

/// <summary>An entry does not follow from the state of its account: they are not from the same journal, or the state is damaged.</summary>
/// <param name="message">What does not match.</param>
public sealed class EntryMismatchException(string message) : InvalidOperationException(message);
