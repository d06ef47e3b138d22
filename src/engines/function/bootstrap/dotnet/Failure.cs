// Errors as Lambda's runtime of .NET tells them. Source: Lambda Developer Guide, "Define Lambda function handler in C#", and responses of Invoke.
using System;
using System.IO;
using System.Linq;
using System.Text.Json;

public static class Failure
{
    /// <summary>Causes of causes; more would be a circle.</summary>
    const int DepthMax = 32;

    public static byte[] Of(Exception error)
    {
        using (var bytes = new MemoryStream())
        {
            using (var writer = new Utf8JsonWriter(bytes)) Write(writer, error, 0);
            return bytes.ToArray();
        }
    }

    public static string[] Trace(Exception error)
    {
        return (error.StackTrace ?? "").Split('\n').Select(line => line.Trim()).Where(line => line != "").ToArray();
    }

    static void Write(Utf8JsonWriter writer, Exception error, int depth)
    {
        writer.WriteStartObject();
        writer.WriteString("errorType", error.GetType().Name);
        writer.WriteString("errorMessage", error.Message);
        var trace = Trace(error);
        if (trace.Length > 0)
        {
            writer.WriteStartArray("stackTrace");
            foreach (var line in trace) writer.WriteStringValue(line);
            writer.WriteEndArray();
        }
        if (error.InnerException != null && depth < DepthMax)
        {
            writer.WritePropertyName("cause");
            Write(writer, error.InnerException, depth + 1);
        }
        if (error is AggregateException several && depth < DepthMax)
        {
            writer.WriteStartArray("causes");
            foreach (var one in several.InnerExceptions) Write(writer, one, depth + 1);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }
}
