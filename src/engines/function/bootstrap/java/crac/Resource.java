// What has something to do before a snapshot, and after it. The library org.crac finds these types by the name of their package.
package com.amazonaws.services.lambda.crac;

public interface Resource {
  void beforeCheckpoint(Context<? extends Resource> context) throws Exception;

  void afterRestore(Context<? extends Resource> context) throws Exception;
}
