package software.amazon.awssdk.http;

import software.amazon.awssdk.utils.builder.CopyableBuilder;

public interface SdkHttpRequest {
  String host();
  String encodedPath();
  CopyableBuilder toBuilder();

  interface Builder extends CopyableBuilder {
    Builder protocol(String protocol);
    Builder host(String host);
    Builder port(Integer port);
    Builder encodedPath(String path);
  }
}
