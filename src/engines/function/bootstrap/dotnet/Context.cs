// What a handler is told of its call. Its interfaces are the function's own (Amazon.Lambda.Core, of any version), so that they are made up as the function has them.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text.Json;

/// <summary>Answers the members of an interface by their names.</summary>
public class Context : DispatchProxy
{
    static readonly MethodInfo Make = typeof(DispatchProxy).GetMethods().Single(one => one.Name == "Create" && one.GetGenericArguments().Length == 2);

    Func<MethodInfo, object[], object> answer;

    protected override object Invoke(MethodInfo method, object[] arguments)
    {
        return answer(method, arguments);
    }

    static object As(Type type, Func<MethodInfo, object[], object> answer)
    {
        var made = Make.MakeGenericMethod(type, typeof(Context)).Invoke(null, null);
        ((Context)made).answer = answer;
        return made;
    }

    /// <summary>An interface of properties only.</summary>
    static object As(Type type, Func<string, Type, object> property)
    {
        return As(type, (method, _) => property(method.Name.Replace("get_", ""), method.ReturnType));
    }

    public static object Of(Type type, Call call, object serializer)
    {
        return As(type, (name, of) => Property(name, of, call, serializer));
    }

    static object Property(string name, Type of, Call call, object serializer)
    {
        switch (name)
        {
            case "AwsRequestId": return call.RequestId;
            case "FunctionName": return Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_NAME");
            case "FunctionVersion": return Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_VERSION");
            case "InvokedFunctionArn": return call.FunctionArn;
            case "LogGroupName": return Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_GROUP_NAME");
            case "LogStreamName": return Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_STREAM_NAME");
            case "MemoryLimitInMB": return int.Parse(Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"));
            case "RemainingTime": return call.Deadline - DateTimeOffset.UtcNow;
            case "TraceId": return call.TraceId ?? "";
            case "TenantId": return call.TenantId ?? "";
            case "Serializer": return serializer;
            case "Logger": return As(of, Logged);
            case "ClientContext": return call.ClientContext == null ? null : Client(of, JsonDocument.Parse(call.ClientContext).RootElement);
            case "Identity": return call.Identity == null ? null : Texts(of, JsonDocument.Parse(call.Identity).RootElement, IdentityNames);
            default: return of.IsValueType ? Activator.CreateInstance(of) : null;
        }
    }

    static readonly Dictionary<string, string> IdentityNames = new Dictionary<string, string>
    {
        ["IdentityId"] = "cognitoIdentityId", ["IdentityPoolId"] = "cognitoIdentityPoolId",
    };

    static readonly Dictionary<string, string> ClientNames = new Dictionary<string, string>
    {
        ["AppPackageName"] = "app_package_name", ["AppTitle"] = "app_title", ["AppVersionCode"] = "app_version_code",
        ["AppVersionName"] = "app_version_name", ["InstallationId"] = "installation_id",
    };

    /// <summary>Source: Lambda API Reference, Invoke, "ClientContext", and what AWS's mobile SDKs write into it.</summary>
    static object Client(Type type, JsonElement json)
    {
        return As(type, (name, of) =>
        {
            var part = name == "Client" ? "client" : name == "Custom" ? "custom" : "env";
            var has = json.TryGetProperty(part, out var found) && found.ValueKind == JsonValueKind.Object;
            if (name == "Client") return has ? Texts(of, found, ClientNames) : null;
            return has ? found.EnumerateObject().ToDictionary(one => one.Name, one => one.Value.ToString()) : new Dictionary<string, string>();
        });
    }

    static object Texts(Type type, JsonElement json, Dictionary<string, string> names)
    {
        return As(type, (name, _) => names.TryGetValue(name, out var key) && json.TryGetProperty(key, out var value) ? value.ToString() : null);
    }

    /// <summary>Log(message), LogLine(message), Log(level, …), LogInformation(…) and so on, with an exception or without.</summary>
    static object Logged(MethodInfo method, object[] given)
    {
        var first = method.GetParameters()[0].Name;
        var level = first == "level" ? given[0].ToString() : method.Name.Length > 3 && method.Name != "LogLine" ? method.Name.Substring(3) : "Information";
        var rest = first == "level" ? given.Skip(1).ToArray() : given;
        var error = rest.OfType<Exception>().FirstOrDefault();
        var text = rest.OfType<string>().FirstOrDefault() ?? "";
        Log.Write(level, Log.Filled(text, rest.OfType<object[]>().FirstOrDefault()), error);
        return null;
    }
}
