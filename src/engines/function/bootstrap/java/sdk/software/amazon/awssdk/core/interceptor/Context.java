// What Inward is compiled against: no more than the shape of what a function brings along.
package software.amazon.awssdk.core.interceptor;

public final class Context {
  public interface ModifyHttpRequest { software.amazon.awssdk.http.SdkHttpRequest httpRequest(); }
}
