package com.example.booking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.example.booking.Cal.Attendee;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(World.PerTest.class)
class BookingTest {
  private static final int INTRO = 1; // An event type of the default world, 15 minutes long.
  private static final Attendee ADA = new Attendee("Ada", "ada@example.com", "Europe/London");

  @Test
  void booksTheFirstFreeSlotOfADay(World world) {
    world.freezeClock("2030-01-07T09:00:00Z");
    var booking = world.cal().bookFirstSlot(INTRO, "2030-01-08", ADA);
    assertEquals("accepted", booking.get("status").asText());
    assertEquals("2030-01-08T09:00:00.000Z", booking.get("start").asText());
  }

  @Test
  void aSlotThatWasBookedIsNotFree(World world) {
    world.freezeClock("2030-01-07T09:00:00Z");
    var cal = world.cal();
    var start = cal.bookFirstSlot(INTRO, "2030-01-08", ADA).get("start").asText();
    var refused = assertThrows(Cal.Refused.class, () -> cal.book(INTRO, start, ADA));
    assertTrue(refused.getMessage().contains("already has booking"), refused.getMessage());
  }

  @Test
  void theEndOfAMeetingIsAnnounced(World world) {
    world.freezeClock("2030-01-07T09:00:00Z");
    world.cal().subscribe(world.inbox("app"), "not-so-secret", "BOOKING_CREATED", "MEETING_ENDED");
    world.cal().bookFirstSlot(INTRO, "2030-01-08", ADA);
    world.advanceClock(25 * 60);
    var received = world.received("app", 2);
    assertTrue(received.get(0).contains("\"BOOKING_CREATED\""), received.get(0));
    assertTrue(received.get(1).contains("\"MEETING_ENDED\""), received.get(1));
  }
}
