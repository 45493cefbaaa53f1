package booking_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"example.com/booking"
)

const intro = 1 // An event type of the default world, 15 minutes long.

var ada = booking.Attendee{Name: "Ada", Email: "ada@example.com", TimeZone: "Europe/London"}

func connect(world *World) *booking.Cal {
	return &booking.Cal{BaseURL: world.URL, APIKey: "cal_sandbox_solo"}
}

func TestBooksTheFirstFreeSlotOfADay(t *testing.T) {
	t.Parallel()
	world := NewWorld(t)
	world.FreezeClock("2030-01-07T09:00:00Z")
	booked, err := connect(world).BookFirstSlot(context.Background(), intro, "2030-01-08", ada)
	if err != nil {
		t.Fatal(err)
	}
	if booked.Status != "accepted" || booked.Start != "2030-01-08T09:00:00.000Z" {
		t.Errorf("booked %+v", booked)
	}
}

func TestASlotThatWasBookedIsNotFree(t *testing.T) {
	t.Parallel()
	world := NewWorld(t)
	world.FreezeClock("2030-01-07T09:00:00Z")
	cal := connect(world)
	first, err := cal.BookFirstSlot(context.Background(), intro, "2030-01-08", ada)
	if err != nil {
		t.Fatal(err)
	}
	var refused *booking.Refused
	if _, err = cal.Book(context.Background(), intro, first.Start, ada); !errors.As(err, &refused) {
		t.Fatalf("the slot was booked twice: %v", err)
	}
	if !strings.Contains(refused.Message, "already has booking") {
		t.Errorf("refused with %v", refused)
	}
}

func TestTheEndOfAMeetingIsAnnounced(t *testing.T) {
	t.Parallel()
	world := NewWorld(t)
	world.FreezeClock("2030-01-07T09:00:00Z")
	subscribe(t, world, "app", "not-so-secret")
	if _, err := connect(world).BookFirstSlot(context.Background(), intro, "2030-01-08", ada); err != nil {
		t.Fatal(err)
	}
	world.AdvanceClock(25 * 60)
	received := world.Received("app", 1)
	if len(received) != 1 || !strings.Contains(received[0].Body, `"MEETING_ENDED"`) {
		t.Fatalf("received %v", received)
	}
	signature := hmac.New(sha256.New, []byte("not-so-secret"))
	signature.Write([]byte(received[0].Body))
	if received[0].Headers["x-cal-signature-256"] != hex.EncodeToString(signature.Sum(nil)) {
		t.Error("the signature is wrong")
	}
}

func subscribe(t *testing.T, world *World, inbox, secret string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"active": true, "subscriberUrl": world.Inbox(inbox), "triggers": []string{"MEETING_ENDED"}, "secret": secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, world.URL+"/v2/webhooks", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer cal_sandbox_solo")
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Fatal(response.Status)
	}
}
