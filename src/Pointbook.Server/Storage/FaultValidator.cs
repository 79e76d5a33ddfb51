using Microsoft.Extensions.Options;

namespace Pointbook.Server.Storage;

/// <summary>Validates options that describe their own faults.</summary>
internal sealed class FaultValidator<TOptions>(Func<TOptions, string?> fault) : IValidateOptions<TOptions>
    where TOptions : class
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TOptions options) =>
        fault(options) is { } sentence ? ValidateOptionsResult.Fail(sentence) : ValidateOptionsResult.Success;
}
