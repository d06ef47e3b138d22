package com.amazonaws.handlers;

import com.amazonaws.Request;

public abstract class RequestHandler2 {
  public void beforeRequest(Request<?> request) {}
}
