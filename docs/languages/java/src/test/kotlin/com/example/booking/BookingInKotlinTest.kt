package com.example.booking

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.extension.ExtendWith

@ExtendWith(World.PerTest::class)
class BookingInKotlinTest {
    private val ada = Cal.Attendee("Ada", "ada@example.com", "Europe/London")

    @Test
    fun `a slot that was booked is not free`(world: World) {
        world.freezeClock("2030-01-07T09:00:00Z")
        val booking = world.cal().bookFirstSlot(1, "2030-01-08", ada)
        assertEquals("2030-01-08T09:00:00.000Z", booking["start"].asText())
        assertThrows(Cal.Refused::class.java) { world.cal().book(1, booking["start"].asText(), ada) }
    }
}
