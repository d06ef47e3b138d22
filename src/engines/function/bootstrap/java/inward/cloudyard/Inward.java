package cloudyard;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpRequest;

/**
 * Leads requests of AWS's SDK for Java 2 to the cloud, before they are signed: versions before 2.28 do not read AWS_ENDPOINT_URL.
 * The SDK finds it by the resource software/amazon/awssdk/global/handlers/execution.interceptors. What is not a service's own address
 * or a bucket's is left alone. Source: AWS SDK for Java 2.x Developer Guide, "Use execution interceptors".
 */
public class Inward implements ExecutionInterceptor {
  private static final Pattern BUCKET = Pattern.compile("^(.+)\\.s3(?:[.-][a-z]{2}(?:-[a-z]+)+-\\d)?\\.amazonaws\\.com(?:\\.cn)?$");
  private static final Pattern SERVICE = Pattern.compile("^[a-z0-9-]+(?:\\.[a-z]{2}(?:-[a-z]+)+-\\d)?\\.amazonaws\\.com(?:\\.cn)?$");

  @Override public SdkHttpRequest modifyHttpRequest(Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
    SdkHttpRequest request = context.httpRequest();
    String endpoint = System.getenv("AWS_ENDPOINT_URL");
    URI cloud = URI.create(endpoint == null ? "" : endpoint);
    Matcher bucket = BUCKET.matcher(request.host());
    boolean isBucket = bucket.matches();
    if (!"http".equals(cloud.getScheme()) || !isBucket && !SERVICE.matcher(request.host()).matches()) return request;
    String path = isBucket ? "/" + bucket.group(1) + request.encodedPath() : request.encodedPath();
    SdkHttpRequest.Builder inward = (SdkHttpRequest.Builder) request.toBuilder();
    return (SdkHttpRequest) inward.protocol("http").host(cloud.getHost()).port(cloud.getPort()).encodedPath(path).build();
  }
}
