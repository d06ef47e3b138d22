// Handlers of class libraries: ASSEMBLY::TYPE::METHOD, with what Amazon.Lambda.Core in the function's package says of them.
// Source of the texts: what Lambda's own runtime of .NET says, in responses of Invoke.
using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.Loader;
using System.Threading.Tasks;

public sealed class LambdaValidationException : Exception
{
    public LambdaValidationException(string message) : base(message) { }
}

public sealed class Handler
{
    const BindingFlags Own = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;
    const string Format = "The valid format is 'ASSEMBLY::TYPE::METHOD'.";
    const string SerializerAttribute = "Amazon.Lambda.Core.LambdaSerializerAttribute";
    const string ContextInterface = "Amazon.Lambda.Core.ILambdaContext";

    readonly MethodInfo method;
    readonly object target;
    readonly Type input, context, output;
    readonly object serializer;

    public static Handler Load(string name)
    {
        var parts = (name ?? "").Split(new[] { "::" }, 3, StringSplitOptions.None).Select(part => part.Trim()).ToArray();
        if (parts.Length != 3) throw new LambdaValidationException($"Invalid lambda function handler: '{name}'. {Format}");
        var missing = new[] { "assembly", "type", "method" }.Where((_, at) => parts[at] == "").FirstOrDefault();
        if (missing != null) throw new LambdaValidationException($"Invalid lambda function handler: '{name}', the {missing} is missing. {Format}");
        var assembly = AssemblyOf(parts[0]);
        Log.TakeOver(assembly);
        var type = assembly.GetType(parts[1]);
        if (type == null) throw new LambdaValidationException($"Unable to load type '{parts[1]}' from assembly '{parts[0]}'.");
        return new Handler(assembly, type, parts);
    }

    static Assembly AssemblyOf(string name)
    {
        var assemblyName = new AssemblyName(name);
        try
        {
            return AssemblyLoadContext.Default.LoadFromAssemblyName(assemblyName);
        }
        catch (FileNotFoundException missing)
        {
            throw new LambdaValidationException($"Could not find the specified handler assembly with the file name '{missing.FileName}'. The assembly should be located in the root of your uploaded .zip file.");
        }
        catch (Exception)
        {
            throw new LambdaValidationException($"Unable to load assembly '{assemblyName}'.");
        }
    }

    Handler(Assembly assembly, Type type, string[] parts)
    {
        method = Find(type, parts);
        Check(type);
        var parameters = method.GetParameters().Select(parameter => parameter.ParameterType).ToArray();
        if (parameters.Length > 2)
            throw new LambdaValidationException($"Method '{method.Name}' of type '{parts[1]}' is not supported: the method has more than 2 parameters.");
        if (parameters.Length == 2 && parameters[1].FullName != ContextInterface)
            throw new LambdaValidationException($"Method '{method.Name}' of type '{parts[1]}' is not supported: the method has 2 parameters, but the second parameter is not of type '{ContextInterface}'.");
        context = parameters.LastOrDefault(one => one.FullName == ContextInterface);
        input = parameters.FirstOrDefault(one => one.FullName != ContextInterface);
        output = OutputOf(method.ReturnType);
        if (!method.IsStatic) target = Made(type);
        serializer = SerializerOf(assembly);
        if (input != null) Need(assembly, input, "deserialize input");
        if (output != null) Need(assembly, output, "serialize output");
    }

    static MethodInfo Find(Type type, string[] parts)
    {
        for (var at = type; at != null; at = at.BaseType)
        {
            var found = at.GetMethods(Own).Where(one => one.Name == parts[2]).ToArray();
            if (found.Length > 1)
                throw new LambdaValidationException($"The method '{parts[2]}' in type '{parts[1]}' is ambiguous: {string.Join(", ", found.Select(one => one.ToString()))}.");
            if (found.Length == 1) return found[0];
        }
        for (var at = type; at != null; at = at.BaseType)
        {
            var found = at.GetMethods(Own).FirstOrDefault(one => one.ToString() == parts[2]);
            if (found != null) return found;
        }
        throw new LambdaValidationException($"Unable to find method '{parts[2]}' in type '{parts[1]}' from assembly '{parts[0]}': Found no methods matching method name '{parts[2]}'.");
    }

    void Check(Type type)
    {
        if (method.IsAbstract || (!method.IsStatic && type.IsAbstract))
            throw new LambdaValidationException($"Handler method '{method}' cannot be abstract.");
        if (method.IsGenericMethod || type.IsGenericType)
            throw new LambdaValidationException($"Handler method '{method}' cannot be generic.");
        if (method.ReturnType == typeof(void) && method.GetCustomAttribute<AsyncStateMachineAttribute>() != null)
            throw new LambdaValidationException($"Handler method '{method}' cannot be 'async void'. Please specify 'async Task' or 'async Task<T>'.");
    }

    /// <summary>What a method gives, once it is done; null for nothing.</summary>
    static Type OutputOf(Type given)
    {
        if (given == typeof(void) || given == typeof(Task)) return null;
        for (var type = given; type != null; type = type.BaseType)
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>)) return type.GetGenericArguments()[0];
        return given;
    }

    static object Made(Type type)
    {
        try
        {
            return Activator.CreateInstance(type, true);
        }
        catch (TargetInvocationException error)
        {
            ExceptionDispatchInfo.Capture(error.InnerException).Throw();
            throw;
        }
    }

    object SerializerOf(Assembly assembly)
    {
        Func<Attribute, bool> says = one => one.GetType().FullName == SerializerAttribute;
        var attribute = method.GetCustomAttributes().FirstOrDefault(says) ?? assembly.GetCustomAttributes().FirstOrDefault(says);
        if (attribute == null) return null;
        return Made((Type)attribute.GetType().GetProperty("SerializerType").GetValue(attribute));
    }

    void Need(Assembly assembly, Type type, string what)
    {
        if (typeof(Stream).IsAssignableFrom(type) || serializer != null) return;
        throw new LambdaValidationException($"Could not find the LambdaSerializerAttribute on the assembly '{assembly.GetName().Name}' or method '{method.Name}' while attempting to {what} data of type '{type.FullName}'. To use types other than System.IO.Stream as input/output parameters, the assembly or Lambda function should be annotated with {SerializerAttribute}.");
    }

    public async Task<MemoryStream> Invoke(Stream given, Call call)
    {
        var arguments = method.GetParameters()
            .Select(parameter => parameter.ParameterType == context ? Context.Of(context, call, serializer) : Read(given))
            .ToArray();
        var result = method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null);
        if (result is Task task)
        {
            await task;
            result = output == null ? null : task.GetType().GetProperty("Result").GetValue(task);
        }
        var written = new MemoryStream();
        if (output == null) return written;
        if (!typeof(Stream).IsAssignableFrom(output)) Serializer("Serialize", output, result, written);
        else if (result != null) using (var stream = (Stream)result) await stream.CopyToAsync(written);
        // A serializer may close what it writes to.
        return written.CanSeek ? written : new MemoryStream(written.ToArray());
    }

    object Read(Stream given)
    {
        return typeof(Stream).IsAssignableFrom(input) ? given : Serializer("Deserialize", input, given);
    }

    object Serializer(string name, Type type, params object[] arguments)
    {
        var named = serializer.GetType().GetInterfaces().First(one => one.FullName == "Amazon.Lambda.Core.ILambdaSerializer").GetMethod(name);
        return named.MakeGenericMethod(type).Invoke(serializer, BindingFlags.DoNotWrapExceptions, null, arguments, null);
    }
}
