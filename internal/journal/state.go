package journal

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// State is what the journal can do at the moment.
type State int

// The states. Full and Unreachable end by themselves, with the first append
// after their cause is gone; Torn and Failed end with Close and a new Open.
const (
	Opening     State = iota // the store is being read
	Ready                    // reads and appends
	Full                     // reads; appends are refused until the disk has room
	Torn                     // reads; acknowledged events are missing from the store
	Failed                   // reads; the store could not write and must be opened anew
	Unreachable              // the external server does not answer
	Closed
)

func (s State) String() string {
	return [...]string{"opening", "ready", "full", "torn", "failed", "unreachable", "closed"}[s]
}

// Condition is a state and, unless all is well, what is wrong and how to mend
// it.
type Condition struct {
	State State
	Err   error
}

// The errors of Append that say for certain that nothing was kept. They are
// wrapped with the particulars and the mend.
var (
	ErrInvalid = errors.New("journal: invalid")
	ErrFull    = errors.New("journal: the disk is full")
	ErrTorn    = errors.New("journal: acknowledged events are missing")
	ErrClosed  = errors.New("journal: closed")
)

// ErrFailed and ErrUnreachable leave open whether the events were kept: append
// them again once the journal is ready.
var (
	ErrFailed      = errors.New("journal: the store cannot write")
	ErrUnreachable = errors.New("journal: no answer from the store")
)

// State tells what the journal can do.
func (j *Journal) State() Condition {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.condition
}

// set changes the state and reports and logs the change. Closed, Failed and
// Torn stay until the end.
func (j *Journal) set(s State, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	was := j.condition.State
	if s == was && s != Opening || s != Closed && (was == Torn || was == Failed || was == Closed) {
		return
	}
	j.condition = Condition{s, err}
	j.opts.Report(j.condition)
	if err != nil {
		j.opts.Log.Error("journal", "state", s.String(), "err", err)
	}
}

// writable tells whether an append may go to the store, and looks again at
// what may have changed. The journal's own events may use the reserve.
func (j *Journal) writable(own bool) error {
	switch c := j.State(); c.State {
	case Torn, Failed:
		return c.Err
	case Closed:
		return ErrClosed
	}
	if own {
		return nil
	}
	return j.room()
}

// room refuses an append before the store itself meets a full disk, which it
// does not survive without being opened again.
func (j *Journal) room() error {
	if j.opts.Dir == "" {
		return nil
	}
	free, err := j.opts.free(j.opts.Dir)
	if err == nil && free < j.opts.MinFree {
		err := fmt.Errorf("%w: %s has %d bytes left, under the reserve of %d; make room, appending then goes on by itself",
			ErrFull, j.opts.Dir, free, j.opts.MinFree)
		j.set(Full, err)
		return err
	}
	return nil
}

// recovered ends Full and Unreachable after a successful append.
func (j *Journal) recovered() {
	if j.room() == nil {
		j.set(Ready, nil)
	}
}

// fail takes over the store's failure to write. An embedded store that could
// not write has to be opened again; a late answer or an external server may
// come.
func (j *Journal) fail(cause error) error {
	broken := j.store.Err() != nil || errors.Is(cause, errRefused)
	if j.opts.Dir == "" || !broken {
		err := fmt.Errorf("%w: %w; it is asked again with the next append", ErrUnreachable, cause)
		j.set(Unreachable, err)
		return err
	}
	err := fmt.Errorf("%w: %w; see that %s can be written and its disk has room, then open the journal again", ErrFailed, cause, j.opts.Dir)
	j.set(Failed, err)
	j.breakStore(err)
	return err
}

// loss is the payload of journal.loss: how many acknowledged events were found
// missing, why that was accepted, and how many holes the logs have since, those
// of earlier losses included and those of sweeps not.
type loss struct {
	Events       uint64 `json:"events"`
	Contacts     uint64 `json:"contacts"`
	EventHoles   uint64 `json:"event_holes"`
	ContactHoles uint64 `json:"contact_holes"`
	Reason       string `json:"reason"`
}

const kindLoss = "journal.loss"

// account reads which holes the logs have by right, accepted losses and sweeps,
// and tells how many are of sweeps.
func (j *Journal) account(ctx context.Context) (swept uint64, err error) {
	var known loss
	err = j.own(ctx, kindLoss, func(r Record) error { return json.Unmarshal(r.Payload, &known) })
	if err != nil {
		return 0, err
	}
	err = j.own(ctx, kindSweep, func(r Record) error {
		var s Swept
		err := json.Unmarshal(r.Payload, &s)
		swept += s.Deleted
		return err
	})
	j.Events.holes.Store(known.EventHoles)
	j.Contacts.holes.Store(known.ContactHoles + swept)
	return swept, err
}

// judge compares what the store has with what it should have.
func (j *Journal) judge(ctx context.Context) error {
	swept, err := j.account(ctx)
	if err != nil {
		return err
	}
	events, eventsCut, err := j.Events.gaps(ctx)
	if err != nil {
		return err
	}
	contacts, contactsCut, err := j.Contacts.gaps(ctx)
	if err != nil {
		return err
	}
	events, contacts = events+j.Events.rotten, contacts+j.Contacts.rotten
	return j.rule(loss{
		Events:       beyond(events, j.Events.holes.Load()) + eventsCut,
		Contacts:     beyond(contacts, j.Contacts.holes.Load()) + contactsCut,
		EventHoles:   events,
		ContactHoles: max(contacts, j.Contacts.holes.Load()) - swept,
		Reason:       j.opts.AcceptLoss,
	})
}

func beyond(have, known uint64) uint64 { return max(have, known) - known }

// rule decides on a loss: a store without one is ready, one with an accepted
// one too.
func (j *Journal) rule(found loss) error {
	if found.Events+found.Contacts == 0 {
		j.set(Ready, nil)
		return nil
	}
	err := fmt.Errorf("%w: %d of the events and %d of the contacts; restore the data folder from a backup, or open it with the loss accepted and a reason",
		ErrTorn, found.Events, found.Contacts)
	if found.Reason == "" {
		j.set(Torn, err)
		return nil
	}
	j.opts.Log.Error("journal: loss accepted", "reason", found.Reason, "err", err)
	j.loss = &found
	j.set(Ready, nil)
	return nil
}

// recordLoss writes an accepted loss down, so that it is known from now on.
func (j *Journal) recordLoss(ctx context.Context) error {
	if j.loss == nil {
		return nil
	}
	if err := j.note(ctx, kindLoss, j.loss); err != nil {
		return err
	}
	j.Contacts.mark.put(j.Contacts.committed.Load())
	_, err := j.account(ctx)
	return err
}

// watermark is a file with the last acknowledged sequence. It is written after
// each commit and not synced: after a power cut it may lag, so it is a lower
// bound, and it betrays a store that ends before it.
type watermark struct{ file *os.File }

func openWatermark(path string) (watermark, uint64, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return watermark{}, 0, err
	}
	var b [16]byte
	_, _ = f.ReadAt(b[:], 0) // a short file says 0, as a new one does
	seq := binary.BigEndian.Uint64(b[:8])
	if seq != ^binary.BigEndian.Uint64(b[8:]) {
		seq = 0
	}
	return watermark{f}, seq, nil
}

// put is best effort: a lagging watermark is right, only less sharp.
func (w watermark) put(seq uint64) {
	if w.file == nil {
		return
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], seq)
	binary.BigEndian.PutUint64(b[8:], ^seq)
	_, _ = w.file.WriteAt(b[:], 0)
}

func (w watermark) close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}
