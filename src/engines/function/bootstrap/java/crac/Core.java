// All resources. Those that were registered last come first before a snapshot, and last after it.
// Source: Lambda Developer Guide, "Lambda SnapStart runtime hooks for Java"; the documentation of org.crac.
package com.amazonaws.services.lambda.crac;

import java.util.ArrayList;
import java.util.List;

public final class Core {
  private static final Context<Resource> ALL = new Global();

  private Core() {}

  public static Context<Resource> getGlobalContext() { return ALL; }

  /** Lambda takes snapshots; functions don't. */
  public static void checkpointRestore() { throw new UnsupportedOperationException("only Lambda takes snapshots"); }

  private static final class Global extends Context<Resource> {
    private final List<Resource> registered = new ArrayList<>();

    @Override public synchronized void register(Resource resource) { registered.add(resource); }

    @Override public synchronized void beforeCheckpoint(Context<? extends Resource> context) throws CheckpointException {
      CheckpointException failed = new CheckpointException();
      for (int at = registered.size() - 1; at >= 0; at--) {
        try {
          registered.get(at).beforeCheckpoint(this);
        } catch (Throwable error) {
          failed.addSuppressed(error);
        }
      }
      if (failed.getSuppressed().length > 0) throw failed;
    }

    @Override public synchronized void afterRestore(Context<? extends Resource> context) throws RestoreException {
      RestoreException failed = new RestoreException();
      for (Resource resource : registered) {
        try {
          resource.afterRestore(this);
        } catch (Throwable error) {
          failed.addSuppressed(error);
        }
      }
      if (failed.getSuppressed().length > 0) throw failed;
    }
  }
}
