package track

import "context"

// Sink takes observations. Its methods may be called by several goroutines at
// a time; the observations of one track must be given in the order they came.
//
// Both check the observation, hold it to the rule that nobody speaks for the
// identity of another, and mark one that comes late (Late, Skew) before they
// return. An error that is a *Refusal is about the observation: it was not
// taken, and is to be counted by its Reason.
type Sink interface {
	// Offer takes o into the picture at once; the journal is written behind.
	// It waits only while the journal's queue is full.
	Offer(ctx context.Context, o *Observation) error
	// Keep returns once all of obs are in the journal, synced, and in the
	// picture. Whoever acknowledges an observation to its sender calls this.
	Keep(ctx context.Context, obs []*Observation) error
}
