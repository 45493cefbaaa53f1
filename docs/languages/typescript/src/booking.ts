// The application: books the first free slot of a day.
import createClient from "openapi-fetch";
import type { components, paths } from "./cal-api.js";

export type Attendee = components["schemas"]["BookingAttendeeInput"];

export function connect(baseUrl: string, apiKey: string) {
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${apiKey}` } });
}

export type Cal = ReturnType<typeof connect>;

export async function bookFirstSlot(cal: Cal, eventTypeId: number, day: string, attendee: Attendee) {
  const slots = await cal.GET("/v2/slots", {
    params: { header: { "cal-api-version": "2024-09-04" }, query: { eventTypeId, start: day, end: day } },
  });
  const first = slots.data?.data[day]?.[0];
  if (first === undefined) throw new Error(`There is no free slot on ${day}.`);
  return book(cal, eventTypeId, first.start, attendee);
}

export async function book(cal: Cal, eventTypeId: number, start: string, attendee: Attendee) {
  const { data, error } = await cal.POST("/v2/bookings", {
    params: { header: { "cal-api-version": "2024-08-13" } },
    body: { start, eventTypeId, attendee },
  });
  if (error !== undefined) throw new Error("error" in error ? error.error.message : error.message);
  return data.data;
}
