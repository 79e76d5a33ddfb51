namespace Pointbook.Contracts;

/// <summary>A page of a list.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
/// <param name="Items">
/// The items of this page, in the order of the list. A page may have fewer items than <c>limit</c>, or none, although more
/// pages follow.
/// </param>
/// <param name="NextCursor">The value to send as <c>cursor</c> for the next page. Absent on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);
