using Pointbook.Bench;
using Pointbook.Bench.Http;
using Pointbook.Bench.Postgres;
using Pointbook.Bench.Reporting;
using Pointbook.Bench.Workloads;

const string Usage = """
    Usage: Pointbook.Bench inprocess    [--keys] [--sustained] [--callers 64,1024] [--seconds 3] [--runs 5] [--no-account-store] [--no-journal]
           Pointbook.Bench one-account  [--lots 50,5000,500000] [--callers 64] [--seconds 3] [--runs 5]
           Pointbook.Bench http         [--server PATH] [--connections 64] [--seconds 5] [--rounds 5] [--bare-only]
           Pointbook.Bench http-access  [--server PATH] [--connections 64] [--seconds 5] [--rounds 5]
           Pointbook.Bench postgres     [--partitions 1,4,16] [--clients 16] [--callers 16,64,1024] [--lots 50] [--hot-lots 50000] [--seconds 2] [--rounds 5]
           Pointbook.Bench postgres-http [--partitions 1,4,16] [--clients 16] [--connections 64] [--lots 50] [--server PATH] [--seconds 3] [--rounds 5]
    Everywhere: [--accounts 10000] [--directory DIR] [--output PATH]   writes PATH.json and PATH.txt
    """;

try
{
    Arguments arguments = Arguments.Parse(args);
    switch (arguments.Command)
    {
        case "inprocess":
            await RunAsync(arguments.Flag("sustained") ? new SustainedWorkload(arguments) : new BurstWorkload(arguments));
            return 0;
        case "one-account":
            await RunAsync(new OneAccountWorkload(arguments));
            return 0;
        case "http":
            await RunAsync(new HttpWorkload(arguments));
            return 0;
        case "http-access":
            await RunAsync(new AccessWorkload(arguments));
            return 0;
        case "postgres":
            await RunAsync(new PostgresWorkload(arguments));
            return 0;
        case "postgres-http":
            await RunAsync(new PostgresHttpWorkload(arguments));
            return 0;
        case "bare":
            await BareServer.RunAsync(arguments);
            return 0;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (BenchException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

async Task RunAsync(IWorkload workload)
{
    Arguments arguments = workload.Arguments;
    string? output = arguments.OptionalText("output");
    arguments.RejectUnknown();
    Report report = new("Pointbook.Bench " + string.Join(' ', args));
    report.Print();
    await workload.RunAsync(report);
    if (output is not null)
    {
        report.Save(output);
    }
}
