package com.amazonaws;

import java.net.URI;

public interface Request<T> {
  URI getEndpoint();
  void setEndpoint(URI endpoint);
  String getResourcePath();
  void setResourcePath(String path);
}
