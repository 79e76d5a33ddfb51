namespace Pointbook.Contracts;

/// <summary>A part of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">What is on this page; a filter may leave fewer than were asked for, though there are more pages.</param>
/// <param name="NextCursor">What to send as <c>cursor</c> for the next page; left out on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);
