package picture

import (
	"bufio"
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"vedette/internal/durable"
	"vedette/internal/journal"
	"vedette/track"
)

// marks are the last events of the journal's logs that a present has in it.
type marks struct {
	Contacts uint64 `json:"contacts"`
	Events   uint64 `json:"events"`
}

// The present, written down, is a head, the objects, and the owners, each on a
// line; the foot shows that the file is whole.
type head struct {
	Form int       `json:"form"`
	At   time.Time `json:"at"`
	marks
}

type line struct {
	Object *track.Observation `json:"object,omitempty"`
	Open   bool               `json:"open,omitempty"`
	Closed string             `json:"closed,omitempty"`
	Owned  string             `json:"owned,omitempty"` // an identity
	By     string             `json:"by,omitempty"`
	Last   *time.Time         `json:"last,omitempty"`
	Foot   bool               `json:"foot,omitempty"`
}

const fileForm = 1

// writeDown writes the present beside its file, and then in its place. It is
// only to make the next start short: a failure is logged and nothing else.
func (p *Picture) writeDown() {
	if p.opts.File == "" {
		return
	}
	if err := p.tryWriteDown(); err != nil {
		p.opts.Log.Warn("the present could not be written down; the next start reads the journal instead", "err", err)
	}
}

func (p *Picture) tryWriteDown() error {
	ctx, cancel := context.WithTimeout(context.Background(), lastWait)
	defer cancel()
	stands, err := p.journalStands(ctx) // before the objects are: none that is in the journal by then is missing
	if err != nil {
		return err
	}
	beside, err := durable.Create(p.opts.File)
	if err != nil {
		return err
	}
	defer beside.Discard()
	w := bufio.NewWriter(beside)
	enc := json.NewEncoder(w)
	for _, v := range p.lines(stands) {
		if err := enc.Encode(v); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return beside.Commit()
}

// journalStands tells how far the journal is written; what it has is in the
// picture, but for what Keep is about to put there.
func (p *Picture) journalStands(ctx context.Context) (marks, error) {
	p.keeping.Lock() // waits for the Keeps that have begun
	defer p.keeping.Unlock()
	contacts, err := p.opts.Journal.Contacts.Last(ctx)
	if err != nil {
		return marks{}, err
	}
	events, err := p.opts.Journal.Events.Last(ctx)
	return marks{contacts, events}, err
}

func (p *Picture) lines(stands marks) []any {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := []any{head{fileForm, p.opts.Clock().UTC(), stands}}
	for e := p.order.Front(); e != nil; e = e.Next() {
		obj := e.Value.(*Object)
		all = append(all, line{Object: obj.Observation, Open: obj.Open, Closed: obj.Closed})
	}
	for id, own := range p.owners {
		all = append(all, line{Owned: id, By: own.by, Last: &own.last})
	}
	return append(all, line{Foot: true})
}

// Restore fills the picture from the present that was written down and from
// what the journal has had since, or from all of the journal where there is no
// such file or it is not whole. It is called before anything else.
func (p *Picture) Restore(ctx context.Context) error {
	stands, err := p.readBack()
	if err != nil {
		p.opts.Log.Warn("the present that was written down is of no use; reading the journal instead", "err", err)
	}
	for _, part := range []struct {
		log   *journal.Log
		after uint64
	}{{p.opts.Journal.Events, stands.Events}, {p.opts.Journal.Contacts, stands.Contacts}} {
		if err := part.log.Replay(ctx, part.after+1, p.refold); err != nil {
			return fmt.Errorf("restore the picture: %w", err)
		}
	}
	p.free(func(*Object) bool { return true }) // the sessions of before are over
	p.fade(p.opts.Clock())
	return nil
}

// refold folds an event of the journal: it was admitted when it came.
func (p *Picture) refold(r journal.Record) error {
	switch r.Kind {
	case track.KindPosition, track.KindCall, track.KindCancel:
		var o track.Observation
		if err := json.Unmarshal(r.Payload, &o); err != nil {
			return fmt.Errorf("event %d (%s): %w", r.Seq, r.Kind, err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.own(&o)
		p.fold(&o)
	case kindClosed:
		var c closing
		if err := json.Unmarshal(r.Payload, &c); err != nil {
			return fmt.Errorf("event %d (%s): %w", r.Seq, r.Kind, err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.close(c)
	}
	return nil
}

// own gives the identity that o speaks for to who vouches for it.
func (p *Picture) own(o *track.Observation) {
	if o.ID != "" && vouched(o) {
		p.owners[o.ID] = owner{o.By, o.Received}
	}
}

func (p *Picture) readBack() (marks, error) {
	file, err := os.Open(p.opts.File)
	if p.opts.File == "" || errors.Is(err, fs.ErrNotExist) {
		return marks{}, nil
	}
	if err != nil {
		return marks{}, err
	}
	defer file.Close()
	h, lines, err := readLines(file)
	if err != nil {
		return marks{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range lines {
		switch {
		case l.Owned != "" && l.Last != nil:
			p.owners[l.Owned] = owner{l.By, *l.Last}
		case l.Object != nil:
			p.change(p.place(l.Object), Object{Observation: l.Object, Open: l.Open, Closed: l.Closed})
		}
	}
	return h.marks, nil
}

// place makes room for an object that is not there.
func (p *Picture) place(o *track.Observation) *list.Element {
	e := p.order.PushBack(&Object{Observation: o})
	p.objects[o.Key()] = e
	return e
}

// readLines reads a whole file, or none of it.
func readLines(r io.Reader) (head, []line, error) {
	dec := json.NewDecoder(bufio.NewReader(r))
	dec.DisallowUnknownFields()
	var h head
	if err := dec.Decode(&h); err != nil {
		return h, nil, err
	}
	if h.Form != fileForm {
		return h, nil, fmt.Errorf("its form is %d, not %d", h.Form, fileForm)
	}
	seen := map[track.Key]bool{}
	var lines []line
	for {
		var l line
		if err := dec.Decode(&l); err != nil {
			return h, nil, fmt.Errorf("it ends too early: %w", err)
		}
		if l.Foot {
			return h, lines, nil
		}
		if l.Object != nil {
			if key := l.Object.Key(); seen[key] || key.ID == "" {
				return h, nil, fmt.Errorf("%v stands in it twice, or has no identity", key)
			} else {
				seen[key] = true
			}
		}
		lines = append(lines, l)
	}
}
