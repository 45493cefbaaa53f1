package com.example.booking;

import java.util.Optional;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** The sandbox that the tests share: the one at CAL_MOCK_URL, else a container. */
final class Sandbox {
  static final String TOKEN = Optional.ofNullable(System.getenv("CAL_MOCK_TOKEN")).orElse("only-for-tests");
  static final String URL = Optional.ofNullable(System.getenv("CAL_MOCK_URL")).orElseGet(Sandbox::start);

  private Sandbox() {}

  /** Testcontainers removes the container when the tests have ended. */
  private static String start() {
    var container =
        new GenericContainer<>(DockerImageName.parse("cal-mock"))
            .withExposedPorts(8080)
            .withEnv("CAL_MOCK_TOKEN", TOKEN)
            .waitingFor(Wait.forHttp("/_sandbox/health"));
    container.start();
    return "http://" + container.getHost() + ":" + container.getMappedPort(8080);
  }
}
