// AWS's own addresses, and this cloud's by name, lead to it, in the clear, as it is on this machine: to whom opens them as a java.net.URL.
import java.io.*;
import java.lang.reflect.Field;
import java.net.*;
import java.security.cert.Certificate;
import java.util.*;
import java.util.regex.Pattern;
import javax.net.ssl.HttpsURLConnection;

/** Stands for a TLS connection to whom it was meant for. */
class Inside extends HttpsURLConnection {
  static final Pattern AWS_NAME = Pattern.compile("(^|\\.)(amazonaws\\.com(\\.cn)?|on\\.aws|cloudfront\\.net)$|\\.localhost$");

  private final HttpURLConnection inner;

  /** Has the process's URLs lead to the cloud where they name AWS. */
  static void lead(String endpoint) throws Exception {
    URI cloud = URI.create(endpoint == null ? "" : endpoint);
    if (!"http".equals(cloud.getScheme())) return;
    Field field = URL.class.getDeclaredField("handler");
    field.setAccessible(true);
    URLStreamHandler usual = (URLStreamHandler) field.get(new URL("https://localhost/"));
    URL.setURLStreamHandlerFactory(protocol -> !"https".equals(protocol) ? null : new URLStreamHandler() {
      @Override protected int getDefaultPort() { return 443; }

      @Override protected URLConnection openConnection(URL url) throws IOException {
        boolean isUsualPort = url.getPort() == -1 || url.getPort() == 443;
        boolean isOurs = url.getHost().equals(cloud.getHost()) || AWS_NAME.matcher(url.getHost()).find();
        if (!isUsualPort || !isOurs) return new URL(null, url.toExternalForm(), usual).openConnection();
        return new Inside(url, new URL("http", cloud.getHost(), cloud.getPort(), url.getFile()));
      }

      @Override protected URLConnection openConnection(URL url, Proxy proxy) throws IOException { return openConnection(url); }
    });
  }

  private Inside(URL meant, URL real) throws IOException {
    super(meant);
    inner = (HttpURLConnection) real.openConnection(Proxy.NO_PROXY);
    inner.setRequestProperty("Host", meant.getHost());
    // A redirect of AWS's would lead out again.
    inner.setInstanceFollowRedirects(false);
  }

  @Override public String getCipherSuite() { return "TLS_AES_128_GCM_SHA256"; }
  @Override public Certificate[] getLocalCertificates() { return null; }
  @Override public Certificate[] getServerCertificates() { return new Certificate[0]; }

  @Override public void connect() throws IOException { inner.connect(); connected = true; }
  @Override public void disconnect() { inner.disconnect(); }
  @Override public boolean usingProxy() { return false; }
  @Override public void setRequestMethod(String method) throws ProtocolException { inner.setRequestMethod(method); }
  @Override public String getRequestMethod() { return inner.getRequestMethod(); }
  @Override public int getResponseCode() throws IOException { return inner.getResponseCode(); }
  @Override public String getResponseMessage() throws IOException { return inner.getResponseMessage(); }
  @Override public InputStream getInputStream() throws IOException { return inner.getInputStream(); }
  @Override public InputStream getErrorStream() { return inner.getErrorStream(); }
  @Override public OutputStream getOutputStream() throws IOException { return inner.getOutputStream(); }
  @Override public void setFixedLengthStreamingMode(int length) { inner.setFixedLengthStreamingMode(length); }
  @Override public void setFixedLengthStreamingMode(long length) { inner.setFixedLengthStreamingMode(length); }
  @Override public void setChunkedStreamingMode(int length) { inner.setChunkedStreamingMode(length); }
  @Override public void setConnectTimeout(int timeout) { inner.setConnectTimeout(timeout); }
  @Override public int getConnectTimeout() { return inner.getConnectTimeout(); }
  @Override public void setReadTimeout(int timeout) { inner.setReadTimeout(timeout); }
  @Override public int getReadTimeout() { return inner.getReadTimeout(); }
  @Override public void setDoInput(boolean doInput) { inner.setDoInput(doInput); }
  @Override public boolean getDoInput() { return inner.getDoInput(); }
  @Override public void setDoOutput(boolean doOutput) { inner.setDoOutput(doOutput); }
  @Override public boolean getDoOutput() { return inner.getDoOutput(); }
  @Override public void setUseCaches(boolean use) { inner.setUseCaches(use); }
  @Override public boolean getUseCaches() { return inner.getUseCaches(); }
  @Override public void setIfModifiedSince(long since) { inner.setIfModifiedSince(since); }
  @Override public long getIfModifiedSince() { return inner.getIfModifiedSince(); }
  @Override public void setRequestProperty(String key, String value) { inner.setRequestProperty(key, value); }
  @Override public void addRequestProperty(String key, String value) { inner.addRequestProperty(key, value); }
  @Override public String getRequestProperty(String key) { return inner.getRequestProperty(key); }
  @Override public Map<String, List<String>> getRequestProperties() { return inner.getRequestProperties(); }
  @Override public String getHeaderField(String name) { return inner.getHeaderField(name); }
  @Override public String getHeaderField(int n) { return inner.getHeaderField(n); }
  @Override public String getHeaderFieldKey(int n) { return inner.getHeaderFieldKey(n); }
  @Override public Map<String, List<String>> getHeaderFields() { return inner.getHeaderFields(); }
  @Override public Object getContent() throws IOException { return inner.getContent(); }
}
