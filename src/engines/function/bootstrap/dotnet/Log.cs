// What a function writes: each message one event of its log, with its time, call and level, as Lambda's own runtime of .NET writes it.
// Source: Lambda Developer Guide, "Log and monitor C# Lambda functions"; AWS_LAMBDA_HANDLER_LOG_FORMAT.
using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

public static class Log
{
    static readonly string[] Levels = { "Trace", "Debug", "Information", "Warning", "Error", "Critical" };
    static readonly string[] Short = { "trce", "dbug", "info", "warn", "fail", "crit" };
    /// <summary>Of a frame: its kind. Source: public runtime interface clients of AWS, `_LAMBDA_TELEMETRY_LOG_FD`.</summary>
    const uint Frame = 0xa55a0003;

    static readonly bool IsJson = Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_FORMAT") == "JSON";
    static readonly bool IsPlain = Environment.GetEnvironmentVariable("AWS_LAMBDA_HANDLER_LOG_FORMAT") == "Unformatted";
    static readonly int Least = LevelOf(Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_LEVEL") ?? Environment.GetEnvironmentVariable("AWS_LAMBDA_HANDLER_LOG_LEVEL"), IsJson ? 2 : 0);
    static Stream frames;

    public static string RequestId;

    public static void Begin()
    {
        var descriptor = Environment.GetEnvironmentVariable("_LAMBDA_TELEMETRY_LOG_FD");
        Environment.SetEnvironmentVariable("_LAMBDA_TELEMETRY_LOG_FD", null);
        frames = int.TryParse(descriptor, out var number)
            ? new FileStream(new SafeFileHandle((IntPtr)number, false), FileAccess.Write, 1)
            : null;
        Console.SetOut(new Lines("Information"));
        Console.SetError(new Lines("Error"));
    }

    /// <summary>Amazon.Lambda.Core's static logger writes here, too, where the function brings it along.</summary>
    public static void TakeOver(Assembly assembly)
    {
        var core = assembly.GetReferencedAssemblies().FirstOrDefault(one => one.Name == "Amazon.Lambda.Core");
        var logger = core == null ? null : Assembly.Load(core).GetType("Amazon.Lambda.Core.LambdaLogger");
        Action<string, object> set = (name, action) => logger?.GetField(name, BindingFlags.NonPublic | BindingFlags.Static)?.SetValue(null, action);
        set("_loggingAction", (Action<string>)(message => Write("Information", message, null)));
        set("_loggingWithLevelAction", (Action<string, string, object[]>)((level, message, given) => Write(level, Filled(message, given), null)));
        set("_loggingWithLevelAndExceptionAction", (Action<string, Exception, string, object[]>)((level, error, message, given) => Write(level, Filled(message, given), error)));
    }

    /// <summary>A message's {names} and {0}s, by what was given with it in that order.</summary>
    public static string Filled(string message, object[] given)
    {
        if (given == null || given.Length == 0) return message;
        var at = 0;
        return Regex.Replace(message, @"\{@?[^{}]+\}", found => at < given.Length ? Convert.ToString(given[at++]) : found.Value);
    }

    public static void Write(string level, string message, Exception error)
    {
        var at = LevelOf(level, 2);
        if (at < Least) return;
        var time = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
        var text = error == null ? message : (message == "" ? "" : message + "\n") + error;
        if (IsJson) Send(Json(time, Levels[at], message, error));
        else Send(IsPlain ? text : $"{time}\t{RequestId}\t{Short[at]}\t{text}");
    }

    static int LevelOf(string name, int otherwise)
    {
        var at = Array.FindIndex(Levels, one => one.Equals(name, StringComparison.OrdinalIgnoreCase) || one.StartsWith(name ?? "-", StringComparison.OrdinalIgnoreCase));
        return name == "FATAL" ? Levels.Length - 1 : at == -1 ? otherwise : at;
    }

    static string Json(string time, string level, string message, Exception error)
    {
        var fields = new Dictionary<string, object> { ["timestamp"] = time, ["level"] = level };
        if (RequestId != null) fields["requestId"] = RequestId;
        fields["message"] = message;
        if (error != null)
        {
            fields["errorType"] = error.GetType().FullName;
            fields["errorMessage"] = error.Message;
            fields["stackTrace"] = Failure.Trace(error);
        }
        return JsonSerializer.Serialize(fields);
    }

    static void Send(string text)
    {
        lock (Levels)
        {
            if (frames == null)
            {
                using (var plain = Console.OpenStandardOutput()) plain.Write(Encoding.UTF8.GetBytes(text + "\n"), 0, Encoding.UTF8.GetByteCount(text) + 1);
                return;
            }
            var bytes = Encoding.UTF8.GetBytes(text);
            var frame = new byte[16 + bytes.Length];
            BinaryPrimitives.WriteUInt32BigEndian(frame, Frame);
            BinaryPrimitives.WriteInt32BigEndian(new Span<byte>(frame, 4, 4), bytes.Length);
            BinaryPrimitives.WriteInt64BigEndian(new Span<byte>(frame, 8, 8), (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10);
            bytes.CopyTo(frame, 16);
            frames.Write(frame, 0, frame.Length);
            frames.Flush();
        }
    }

    /// <summary>The console: a message is what is written at once, up to the end of its last line.</summary>
    sealed class Lines : TextWriter
    {
        readonly string level;
        readonly StringBuilder rest = new StringBuilder();

        public Lines(string level) { this.level = level; }

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char one) { Write(one.ToString()); }

        public override void Write(char[] buffer, int index, int count) { Write(new string(buffer, index, count)); }

        public override void WriteLine(string text) { Write(text + "\n"); }

        public override void Write(string text)
        {
            string message;
            lock (rest)
            {
                rest.Append(text);
                if (text == null || !text.EndsWith("\n")) return;
                message = rest.ToString(0, rest.Length - 1).TrimEnd('\r');
                rest.Clear();
            }
            Log.Write(level, message, null);
        }
    }
}
