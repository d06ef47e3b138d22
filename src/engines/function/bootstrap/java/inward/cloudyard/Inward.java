package cloudyard;

import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpRequest;

/**
 * Leads requests of AWS's SDK for Java 2 to the cloud, before they are signed: versions before 2.28 do not read AWS_ENDPOINT_URL.
 * The SDK finds it by the resource software/amazon/awssdk/global/handlers/execution.interceptors.
 * Source: AWS SDK for Java 2.x Developer Guide, "Use execution interceptors".
 */
public class Inward implements ExecutionInterceptor {
  @Override public SdkHttpRequest modifyHttpRequest(Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
    SdkHttpRequest request = context.httpRequest();
    Address address = Address.of(request.host());
    if (address == null) return request;
    String path = address.bucket == null ? request.encodedPath() : "/" + address.bucket + request.encodedPath();
    SdkHttpRequest.Builder inward = (SdkHttpRequest.Builder) request.toBuilder();
    return (SdkHttpRequest) inward.protocol("http").host(address.cloud.getHost()).port(address.cloud.getPort()).encodedPath(path).build();
  }
}
