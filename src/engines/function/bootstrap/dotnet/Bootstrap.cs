// The runtime of .NET: loads a function's handler and carries out events that it fetches from Lambda's Runtime API.
// AWS's own assemblies are the function's to bring; whether something is theirs is found out by its name.
// Source: Lambda Developer Guide, "Building Lambda functions with C#".
using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

public static class Bootstrap
{
    static readonly string Base = "http://" + Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime";
    static readonly HttpClient Client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };

    public static int Main()
    {
        return Run().GetAwaiter().GetResult();
    }

    static async Task<int> Run()
    {
        Log.Begin();
        Handler handler;
        try
        {
            handler = Handler.Load(Environment.GetEnvironmentVariable("_HANDLER"));
        }
        catch (Exception error)
        {
            Log.Write("Critical", "", error);
            await Post("/init/error", new MemoryStream(Failure.Of(error)), error.GetType().Name);
            return 1;
        }
        while (true)
        {
            using (var next = await Client.GetAsync(Base + "/invocation/next"))
                await CarryOut(handler, new Call(next), await next.Content.ReadAsStreamAsync());
        }
    }

    static async Task CarryOut(Handler handler, Call call, Stream input)
    {
        Log.RequestId = call.RequestId;
        Environment.SetEnvironmentVariable("_X_AMZN_TRACE_ID", call.TraceId);
        var path = "/invocation/" + call.RequestId;
        MemoryStream output;
        try
        {
            output = await handler.Invoke(input, call);
        }
        catch (Exception error)
        {
            Log.Write("Error", "", error);
            await Post(path + "/error", new MemoryStream(Failure.Of(error)), error.GetType().Name);
            return;
        }
        await Post(path + "/response", output, null);
    }

    static async Task Post(string path, MemoryStream body, string errorType)
    {
        body.Position = 0;
        var request = new HttpRequestMessage(HttpMethod.Post, Base + path) { Content = new StreamContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        if (errorType != null) request.Headers.TryAddWithoutValidation("Lambda-Runtime-Function-Error-Type", errorType);
        (await Client.SendAsync(request)).Dispose();
    }
}

/// <summary>What the Runtime API says of a call.</summary>
public sealed class Call
{
    public readonly string RequestId, FunctionArn, TraceId, ClientContext, Identity, TenantId;
    public readonly DateTimeOffset Deadline;

    public Call(HttpResponseMessage next)
    {
        Func<string, string> header = name =>
            next.Headers.TryGetValues("Lambda-Runtime-" + name, out var values) ? values.First() : null;
        RequestId = header("Aws-Request-Id");
        FunctionArn = header("Invoked-Function-Arn");
        TraceId = header("Trace-Id");
        ClientContext = header("Client-Context");
        Identity = header("Cognito-Identity");
        TenantId = header("Aws-Tenant-Id");
        Deadline = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(header("Deadline-Ms")));
    }
}
