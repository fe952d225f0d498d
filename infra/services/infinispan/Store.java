import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.security.auth.Subject;
import org.infinispan.commons.dataconversion.MediaType;
import org.infinispan.configuration.cache.ConfigurationBuilder;
import org.infinispan.configuration.global.GlobalConfigurationBuilder;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.server.resp.RespServer;
import org.infinispan.server.resp.authentication.RespAuthenticator;
import org.infinispan.server.resp.configuration.RespServerConfigurationBuilder;

/**
 * Infinispan with its RESP endpoint alone, in memory, on loopback: what the Infinispan server runs for `resp-connector`, without the rest of that
 * server, which no package registry has. Started as a single source file: `java -cp "lib/*" Store.java`, with STORE_PORT and STORE_PASSWORD.
 */
public final class Store {
  private Store() {}

  private static final String CACHE = "sessions";

  public static void main(String[] arguments) {
    int port = Integer.parseInt(System.getenv("STORE_PORT"));
    byte[] password = System.getenv("STORE_PASSWORD").getBytes(StandardCharsets.UTF_8);
    GlobalConfigurationBuilder global = new GlobalConfigurationBuilder().nonClusteredDefault();
    DefaultCacheManager manager = new DefaultCacheManager(global.build(), false);
    ConfigurationBuilder cache = new ConfigurationBuilder();
    cache.encoding().key().mediaType(MediaType.APPLICATION_OCTET_STREAM_TYPE);
    cache.encoding().value().mediaType(MediaType.APPLICATION_OCTET_STREAM_TYPE);
    manager.defineConfiguration(CACHE, cache.build());
    manager.start();
    RespServerConfigurationBuilder resp = new RespServerConfigurationBuilder();
    resp.defaultCacheName(CACHE).host("127.0.0.1").port(port);
    resp.authentication().enable().authenticator(new Password(password));
    RespServer server = new RespServer();
    server.start(resp.build(), manager);
    server.postStart();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> { server.stop(); manager.stop(); }));
    System.out.println("Infinispan answers on 127.0.0.1:" + port);
  }

  /** One password, whatever the name: as Redis's `requirepass`. */
  private record Password(byte[] expected) implements RespAuthenticator {
    @Override
    public CompletionStage<Subject> usernamePasswordAuth(String name, char[] given) {
      boolean same = MessageDigest.isEqual(expected, new String(given).getBytes(StandardCharsets.UTF_8));
      return same ? CompletableFuture.completedFuture(new Subject()) : CompletableFuture.failedFuture(new SecurityException("wrong password"));
    }

    @Override
    public CompletionStage<Subject> clientCertAuth(io.netty.channel.Channel channel) {
      return CompletableFuture.failedFuture(new SecurityException("no certificates here"));
    }

    @Override
    public boolean isClientCertAuthEnabled() {
      return false;
    }
  }
}
