// Adds the five transactions of the worked example, in the order in which they arrive.
// dotnet run samples/AddTransaction.cs [address]      (or POINTBOOK_URL; http://127.0.0.1:5080 otherwise)
using System.Text;

string address = args.FirstOrDefault() ?? Environment.GetEnvironmentVariable("POINTBOOK_URL") ?? "http://127.0.0.1:5080";
string[] transactions =
[
    """{"payer":"DANNON","points":1000,"timestamp":"2020-11-02T14:00:00Z"}""",
    """{"payer":"UNILEVER","points":200,"timestamp":"2020-10-31T11:00:00Z"}""",
    """{"payer":"DANNON","points":-200,"timestamp":"2020-10-31T15:00:00Z"}""",
    """{"payer":"MILLER COORS","points":10000,"timestamp":"2020-11-01T14:00:00Z"}""",
    """{"payer":"DANNON","points":300,"timestamp":"2020-10-31T10:00:00Z"}""",
];

using HttpClient client = new() { BaseAddress = new Uri(address) };
foreach (string transaction in transactions)
{
    using StringContent body = new(transaction, Encoding.UTF8, "application/json");
    using HttpResponseMessage reply = await client.PostAsync(new Uri("/addTransaction", UriKind.Relative), body);
    Console.WriteLine($"{(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync()}");
}
