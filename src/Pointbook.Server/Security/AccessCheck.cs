using Microsoft.AspNetCore.Authorization;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Checks callers against the requirements of routes. Thread-safe.</summary>
internal sealed class AccessCheck : AuthorizationHandler<AccessRequirement, HttpContext>
{
    private const string AccountParameter = "account";

    /// <summary>Why a caller has no access, or null.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="requirement">The requirement of the route.</param>
    /// <param name="account">The account in the path; null if it is missing or invalid.</param>
    public static ProblemReply? Fault(Caller caller, AccessRequirement requirement, AccountId? account)
    {
        string scope = ScopeNames.ToText(requirement.Scope);
        if (!caller.Scopes.HasFlag(requirement.Scope))
        {
            return new ProblemReply(ProblemTable.MissingScope, $"This endpoint requires the scope `{scope}`, which the credentials lack. Send credentials that have it.", Credentials.Header)
            {
                Scope = scope,
            };
        }

        return requirement.Reach switch
        {
            Reach.AccountOfPath => account is null ? null : Fault(caller, account),
            Reach.DefaultAccount => Fault(caller, AccountId.Default),
            Reach.AllAccounts when caller.Accounts.AreThere => new ProblemReply(
                ProblemTable.KeyHasLimits, "The credentials are restricted to specific accounts, but this endpoint covers all accounts. Send credentials without account limits."),
            _ => null,
        };
    }

    /// <summary>Why a caller has no access to an account, or null.</summary>
    public static ProblemReply? Fault(Caller caller, AccountId account) => caller.Accounts.Allow(account)
        ? null
        : new ProblemReply(
            ProblemTable.AccountNotAllowed,
            $"The credentials don't grant access to the account {account}. Send credentials that do.",
            AccountParameter);

    /// <inheritdoc/>
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, AccessRequirement requirement, HttpContext resource)
    {
        // A caller without valid credentials gets a challenge, not a refusal.
        if (context.User is not CallerPrincipal { Caller: { } caller })
        {
            return Task.CompletedTask;
        }

        AccountId? account = null;
        if (requirement.Reach == Reach.AccountOfPath && resource.GetRouteValue(AccountParameter) is string text)
        {
            // The route itself refuses an invalid account, with a more precise message.
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
