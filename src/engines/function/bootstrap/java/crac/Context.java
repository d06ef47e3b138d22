// Resources, together.
package com.amazonaws.services.lambda.crac;

public abstract class Context<R extends Resource> implements Resource {
  public abstract void register(R resource);

  @Override public abstract void beforeCheckpoint(Context<? extends Resource> context) throws CheckpointException;

  @Override public abstract void afterRestore(Context<? extends Resource> context) throws RestoreException;
}
