package com.example.booking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** A world of the sandbox. Tests in worlds of their own may run at the same time and book the same slots. */
public record World(String id, String url) implements ExtensionContext.Store.CloseableResource {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  static World create() {
    var created = control(Sandbox.URL, "POST", "/worlds", Map.of());
    return new World(created.get("id").asText(), Sandbox.URL + created.get("url").asText());
  }

  @Override
  public void close() {
    control(Sandbox.URL, "DELETE", "/worlds/" + id, null);
  }

  /** A client with an API key of the default world. */
  Cal cal() {
    return new Cal(url, "cal_sandbox_solo");
  }

  /** Stops the clock of the world at a time. */
  void freezeClock(String now) {
    control(url, "PUT", "/clock", Map.of("now", now, "frozen", true));
  }

  /** Moves the clock. Whatever falls due happens now. */
  void advanceClock(int minutes) {
    control(url, "POST", "/clock/advance", Map.of("minutes", minutes));
  }

  /** An address for a webhook's subscriberUrl. */
  String inbox(String name) {
    return url + "/_sandbox/webhooks/inbox/" + name;
  }

  /** The bodies that an inbox received, once it has at least `count`. */
  List<String> received(String name, int count) {
    var inbox = control(url, "GET", "/webhooks/inbox/%s?count=%d&wait=5".formatted(name, count), null);
    return inbox.get("received").findValuesAsText("body");
  }

  private static JsonNode control(String url, String method, String path, Object body) {
    try {
      var content = body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body));
      var request =
          HttpRequest.newBuilder(URI.create(url + "/_sandbox" + path))
              .method(method, content)
              .header("Content-Type", "application/json")
              .header("Sandbox-Token", Sandbox.TOKEN)
              .build();
      var reply = HTTP.send(request, BodyHandlers.ofByteArray());
      if (reply.statusCode() >= 400) {
        throw new IllegalStateException(method + " " + path + ": " + new String(reply.body()));
      }
      return JSON.readTree(reply.body());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Gives each test that has a parameter of this type a world of its own, and drops it afterwards. */
  static final class PerTest implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == World.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      var store = context.getStore(ExtensionContext.Namespace.create(World.class, context.getUniqueId()));
      return store.getOrComputeIfAbsent(World.class, key -> create());
    }
  }
}
