using Microsoft.AspNetCore.Authorization;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Holds callers against what routes ask of them. Thread-safe.</summary>
internal sealed class AccessCheck : AuthorizationHandler<AccessRequirement, HttpContext>
{
    private const string AccountParameter = "account";

    /// <summary>Why a caller may not do this, or null.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="requirement">What the route asks of callers.</param>
    /// <param name="account">The account in its path; null if there is none, or one that cannot be.</param>
    public static ProblemReply? Fault(Caller caller, AccessRequirement requirement, AccountId? account)
    {
        string scope = ScopeNames.ToText(requirement.Scope);
        if (!caller.Scopes.HasFlag(requirement.Scope))
        {
            return new ProblemReply(ProblemTable.MissingScope, $"This needs the scope {scope}, which the credentials do not have; send ones that have it.", Credentials.Header)
            {
                Scope = scope,
            };
        }

        return requirement.Reach switch
        {
            Reach.AccountOfPath => account is null ? null : Fault(caller, account),
            Reach.DefaultAccount => Fault(caller, AccountId.Default),
            Reach.AllAccounts when caller.Accounts.AreThere => new ProblemReply(
                ProblemTable.KeyHasLimits, "This concerns all accounts, and the credentials are limited to some; send ones without account limits."),
            _ => null,
        };
    }

    /// <summary>Why a caller may not touch an account, or null.</summary>
    public static ProblemReply? Fault(Caller caller, AccountId account) => caller.Accounts.Allow(account)
        ? null
        : new ProblemReply(
            ProblemTable.AccountNotAllowed,
            $"The credentials are limited to other accounts than {account}; send ones that are good for it.",
            AccountParameter);

    /// <inheritdoc/>
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, AccessRequirement requirement, HttpContext resource)
    {
        // Whoever is nobody is challenged, not refused.
        if (context.User is not CallerPrincipal { Caller: { } caller })
        {
            return Task.CompletedTask;
        }

        AccountId? account = null;
        if (requirement.Reach == Reach.AccountOfPath && resource.GetRouteValue(AccountParameter) is string text)
        {
            // An account that cannot be is refused by the route itself, in words of its own.
            AccountId.TryCreate(text, out account, out _);
        }

        if (Fault(caller, requirement, account) is { } problem)
        {
            context.Fail(new AccessFailure(this, problem));
        }
        else
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}
