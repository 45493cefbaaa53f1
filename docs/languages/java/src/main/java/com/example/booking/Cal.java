package com.example.booking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;

/** The application: books the first free slot of a day with the Cal.com API v2. */
public final class Cal {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private final String baseUrl;
  private final String apiKey;

  public Cal(String baseUrl, String apiKey) {
    this.baseUrl = baseUrl;
    this.apiKey = apiKey;
  }

  /** The person who books. */
  public record Attendee(String name, String email, String timeZone) {}

  /** A reply with an error. */
  public static final class Refused extends RuntimeException {
    public final int status;

    Refused(int status, String message) {
      super(message);
      this.status = status;
    }
  }

  /** Books the first free slot of a day, such as 2030-01-08. */
  public JsonNode bookFirstSlot(int eventTypeId, String day, Attendee attendee) {
    var query = "?eventTypeId=%d&start=%s&end=%s".formatted(eventTypeId, day, day);
    var slots = call("GET", "/v2/slots" + query, "2024-09-04", null).path(day);
    if (slots.isEmpty()) {
      throw new IllegalStateException("There is no free slot on " + day);
    }
    return book(eventTypeId, slots.get(0).get("start").asText(), attendee);
  }

  /** Books one slot. */
  public JsonNode book(int eventTypeId, String start, Attendee attendee) {
    var body = Map.of("eventTypeId", eventTypeId, "start", start, "attendee", attendee);
    return call("POST", "/v2/bookings", "2024-08-13", body);
  }

  /** Subscribes a URL to events. */
  public JsonNode subscribe(String url, String secret, String... triggers) {
    var body = Map.of("active", true, "subscriberUrl", url, "secret", secret, "triggers", triggers);
    return call("POST", "/v2/webhooks", "2024-08-13", body);
  }

  private JsonNode call(String method, String path, String version, Object body) {
    try {
      var content = body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body));
      var request =
          HttpRequest.newBuilder(URI.create(baseUrl + path))
              .method(method, content)
              .header("Authorization", "Bearer " + apiKey)
              .header("Content-Type", "application/json")
              .header("cal-api-version", version)
              .build();
      var reply = http.send(request, BodyHandlers.ofInputStream());
      var json = JSON.readTree(reply.body());
      if (reply.statusCode() >= 400) {
        throw new Refused(reply.statusCode(), json.path("error").path("message").asText());
      }
      return json.path("data");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
