package marti

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vedette/internal/depot"
	"vedette/track"
)

func TestThePastComesFromTheHistoryAndIsBounded(t *testing.T) {
	var asked []string
	history := func(_ context.Context, uid string, span Span, who Who) ([]*track.Observation, error) {
		asked = append(asked, uid+" "+who.Name+" "+now.Sub(span.From).String())
		if uid == "broken" {
			return nil, errors.New("no such table")
		}
		all := make([]*track.Observation, MaxPast+1)
		for i := range all {
			all[i] = observation(uid)
		}
		all[0].CoT = "" // a past one does not hold its event
		return all, nil
	}
	h := newHouse(t, depot.Limits{}, Options{History: history})
	res := h.get("anna", "/Marti/api/cot/xml/u1/all?secago=60").want(t, 200)
	if n := strings.Count(res.body, ` uid="u1"`); n != MaxPast {
		t.Errorf("%d events", n)
	}
	if len(asked) != 1 || asked[0] != "u1 anna "+time.Minute.String() {
		t.Errorf("asked %q", asked)
	}
	if res := h.get("anna", "/Marti/api/cot/xml/broken/all").want(t, 503); strings.Contains(res.body, "table") {
		t.Errorf("it tells %s", res.body)
	}
}
