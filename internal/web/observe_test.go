package web

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"vedette/internal/access"
	"vedette/track"
)

// FuzzSeen makes observations of what is posted: never a panic, and only such as
// can be kept and vouched for by who sent them.
func FuzzSeen(f *testing.F) {
	f.Add([]byte(`{"id":"truck","type":"a-u-G","lat_deg":34.4,"lon_deg":41.1,"time":"2026-01-02T03:04:05Z","props":{"colour":"white"},"groups":["north"]}`))
	f.Add([]byte(`{"type":"b-a-o-tbl","time":"0001-01-01T00:00:00Z","stale":"9999-12-31T23:59:59Z","lat_deg":1e308,"lon_deg":-0}`))
	c := &caller{Principal: access.Principal{Name: "anna", Groups: []string{"north"}}, again: func() (access.Principal, bool) { return access.Principal{}, true }}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f.Fuzz(func(t *testing.T, b []byte) {
		var in Seen
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.DisallowUnknownFields()
		if dec.Decode(&in) != nil {
			return
		}
		o, err := in.observation(c, now)
		if err != nil {
			return
		}
		if o.By != "anna" || o.Trust != track.Token || len(o.Groups) == 0 || o.Groups[0] != "north" {
			t.Fatalf("%s became %+v", b, o)
		}
		if _, err := json.Marshal(o); err != nil {
			t.Fatalf("%s cannot be kept: %v", b, err)
		}
	})
}
