package cloudyard;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where in the cloud a service's own address leads, or that of a bucket (null for none), which stands before the path there. */
final class Address {
  private static final Pattern BUCKET = Pattern.compile("^(.+)\\.s3(?:[.-][a-z]{2}(?:-[a-z]+)+-\\d)?\\.amazonaws\\.com(?:\\.cn)?$");
  private static final Pattern SERVICE = Pattern.compile("^[a-z0-9-]+(?:\\.[a-z]{2}(?:-[a-z]+)+-\\d)?\\.amazonaws\\.com(?:\\.cn)?$");

  final URI cloud;
  final String bucket;

  private Address(URI cloud, String bucket) {
    this.cloud = cloud;
    this.bucket = bucket;
  }

  /** Null for what is left alone: hosts that say more than a service's name. */
  static Address of(String host) {
    String endpoint = System.getenv("AWS_ENDPOINT_URL");
    URI cloud = URI.create(endpoint == null ? "" : endpoint);
    if (!"http".equals(cloud.getScheme())) return null;
    Matcher bucket = BUCKET.matcher(host);
    if (bucket.matches()) return new Address(cloud, bucket.group(1));
    return SERVICE.matcher(host).matches() ? new Address(cloud, null) : null;
  }
}
