package software.amazon.awssdk.core.interceptor;

public class ExecutionAttributes {}
