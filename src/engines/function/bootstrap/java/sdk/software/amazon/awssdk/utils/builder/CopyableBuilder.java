package software.amazon.awssdk.utils.builder;

public interface CopyableBuilder { Object build(); }
