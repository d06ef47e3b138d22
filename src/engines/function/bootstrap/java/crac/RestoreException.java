// Resources have failed after a snapshot: each error is a suppressed one.
package com.amazonaws.services.lambda.crac;

public class RestoreException extends Exception {
  private static final long serialVersionUID = 1L;
}
