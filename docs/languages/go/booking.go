// Package booking is the application: it books the first free slot of a day.
package booking

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Cal calls the Cal.com API v2 at BaseURL.
type Cal struct {
	BaseURL string
	APIKey  string
}

// Attendee is the person who books.
type Attendee struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	TimeZone string `json:"timeZone"`
}

// Booking is what the application reads of a booking.
type Booking struct {
	UID    string `json:"uid"`
	Status string `json:"status"`
	Start  string `json:"start"`
}

// Refused is a reply with an error.
type Refused struct {
	Status  int
	Message string
}

func (e *Refused) Error() string { return fmt.Sprintf("%d: %s", e.Status, e.Message) }

// BookFirstSlot books the first free slot of a day, such as 2030-01-08.
func (c *Cal) BookFirstSlot(ctx context.Context, eventType int, day string, who Attendee) (Booking, error) {
	var slots map[string][]struct {
		Start string `json:"start"`
	}
	query := url.Values{"eventTypeId": {strconv.Itoa(eventType)}, "start": {day}, "end": {day}}
	if err := c.call(ctx, http.MethodGet, "/v2/slots?"+query.Encode(), "2024-09-04", nil, &slots); err != nil {
		return Booking{}, err
	}
	if len(slots[day]) == 0 {
		return Booking{}, fmt.Errorf("there is no free slot on %s", day)
	}
	return c.Book(ctx, eventType, slots[day][0].Start, who)
}

// Book books one slot.
func (c *Cal) Book(ctx context.Context, eventType int, start string, who Attendee) (Booking, error) {
	var booking Booking
	body := map[string]any{"eventTypeId": eventType, "start": start, "attendee": who}
	err := c.call(ctx, http.MethodPost, "/v2/bookings", "2024-08-13", body, &booking)
	return booking, err
}

func (c *Cal) call(ctx context.Context, method, path, version string, body, data any) error {
	content := new(bytes.Buffer)
	if body != nil {
		if err := json.NewEncoder(content).Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, c.BaseURL+path, content)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.APIKey)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("cal-api-version", version)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	var envelope struct {
		Data  json.RawMessage
		Error struct{ Message string }
	}
	if err := json.NewDecoder(reply.Body).Decode(&envelope); err != nil {
		return err
	}
	if reply.StatusCode >= 400 {
		return &Refused{reply.StatusCode, envelope.Error.Message}
	}
	return json.Unmarshal(envelope.Data, data)
}
