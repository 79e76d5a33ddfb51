using System.Reflection;
using Microsoft.Extensions.Logging;
using Pointbook.Conventions.Tests.Rules;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests;

public sealed class LogEventTests
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    [Fact]
    public void Every_event_id_is_unique()
    {
        LogEvent[] events =
        [
            .. from project in Repository.SourceProjects
               from type in Assembly.Load(project.AssemblyName).GetTypes()
               from method in type.GetMethods(Any)
               let message = method.GetCustomAttribute<LoggerMessageAttribute>()
               where message is not null
               select new LogEvent(project.Name, $"{type.Name}.{method.Name}", message.EventId),
        ];
        Assert.NotEmpty(events);
        Verdict.Holds(LogEventRule.Violations(events));
    }

    [Fact]
    public void A_duplicate_event_id_is_reported() =>
        Verdict.Names(
            LogEventRule.Violations(
            [
                new LogEvent("A", "Log.One", 1000),
                new LogEvent("A", "Log.Two", 1000),
                new LogEvent("B", "Log.Three", 1999),
                new LogEvent("C", "Log.Four", 2000),
                new LogEvent("C", "Log.Five", -1),
            ]),
            "Log.Five",
            "Log.One and Log.Two",
            "from 1000 on are used by A and B");
}
