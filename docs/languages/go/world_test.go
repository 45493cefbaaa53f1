package booking_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"
)

// World is a world of the sandbox: tests in worlds of their own may run at the same time and book the same slots.
type World struct {
	t   *testing.T
	URL string
}

// Received is a webhook that came to an inbox.
type Received struct {
	Body    string
	Headers map[string]string
}

// NewWorld creates a world for a test, which is dropped at its end.
func NewWorld(t *testing.T) *World {
	t.Helper()
	sandbox := os.Getenv("CAL_MOCK_URL")
	if sandbox == "" {
		sandbox = "http://127.0.0.1:8080"
	}
	var created struct{ ID, URL string }
	control(t, sandbox, http.MethodPost, "/worlds", map[string]any{}, &created)
	t.Cleanup(func() { control(t, sandbox, http.MethodDelete, "/worlds/"+created.ID, nil, nil) })
	return &World{t, sandbox + created.URL}
}

// FreezeClock stops the clock of the world at a time.
func (w *World) FreezeClock(now string) {
	w.t.Helper()
	control(w.t, w.URL, http.MethodPut, "/clock", map[string]any{"now": now, "frozen": true}, nil)
}

// AdvanceClock moves the clock. Whatever falls due happens now.
func (w *World) AdvanceClock(minutes int) {
	w.t.Helper()
	control(w.t, w.URL, http.MethodPost, "/clock/advance", map[string]any{"minutes": minutes}, nil)
}

// Inbox is an address for a webhook's subscriberUrl.
func (w *World) Inbox(name string) string { return w.URL + "/_sandbox/webhooks/inbox/" + name }

// Received returns what an inbox received, once it has at least count webhooks.
func (w *World) Received(name string, count int) []Received {
	w.t.Helper()
	var inbox struct{ Received []Received }
	path := fmt.Sprintf("/webhooks/inbox/%s?count=%d&wait=5", name, count)
	control(w.t, w.URL, http.MethodGet, path, nil, &inbox)
	return inbox.Received
}

func control(t *testing.T, url, method, path string, body, reply any) {
	t.Helper()
	content := new(bytes.Buffer)
	if body != nil {
		if err := json.NewEncoder(content).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, url+"/_sandbox"+path, content)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token := os.Getenv("CAL_MOCK_TOKEN"); token != "" {
		request.Header.Set("Sandbox-Token", token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= 400 {
		t.Fatalf("%s %s: %s", method, path, response.Status)
	}
	if reply != nil {
		if err := json.NewDecoder(response.Body).Decode(reply); err != nil {
			t.Fatal(err)
		}
	}
}
