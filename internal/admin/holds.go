package admin

import (
	"context"
	"time"

	"vedette/internal/access"
	"vedette/internal/journal"
)

// PlaceHold asks for positions to be kept beyond their term: those received from
// From to To, of one source or of all, until an end.
type PlaceHold struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Source string    `json:"source,omitempty"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

// PlaceHold places a hold.
func (d *Desk) PlaceHold(ctx context.Context, ask PlaceHold) (placed journal.Hold, err error) {
	object := ask.From.Format(time.RFC3339) + " to " + ask.To.Format(time.RFC3339) + " " + ask.Source
	err = d.act(ctx, deed{"hold.place", object, false}, func(by access.Principal) error {
		placed, err = d.Journal.Hold(ctx, journal.Hold{By: by.Name, Reason: ask.Reason, From: ask.From, To: ask.To, Source: ask.Source, Until: ask.Until})
		return err
	})
	return onSuccess(placed, err)
}

// ReleaseHold asks for the end of a hold before its time.
type ReleaseHold struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// ReleaseHold ends a hold: what is past its term is deleted with the next sweep.
func (d *Desk) ReleaseHold(ctx context.Context, ask ReleaseHold) error {
	return d.act(ctx, deed{"hold.release", ask.ID, false}, func(by access.Principal) error {
		return d.Journal.Release(ctx, ask.ID, by.Name, ask.Reason)
	})
}
