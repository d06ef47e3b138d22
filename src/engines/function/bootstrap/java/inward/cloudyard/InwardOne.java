package cloudyard;

import com.amazonaws.Request;
import com.amazonaws.handlers.RequestHandler2;

/**
 * Leads requests of AWS's SDK for Java 1, which does not read AWS_ENDPOINT_URL, to the cloud, before they are signed. The SDK finds it by the resource
 * com/amazonaws/global/handlers/request.handler2s. There the path to a bucket's object is its key, with no slash before it.
 */
public class InwardOne extends RequestHandler2 {
  @Override public void beforeRequest(Request<?> request) {
    Address address = Address.of(request.getEndpoint().getHost());
    if (address == null) return;
    request.setEndpoint(address.cloud);
    String key = request.getResourcePath();
    if (address.bucket != null) request.setResourcePath(address.bucket + "/" + (key == null ? "" : key));
  }
}
