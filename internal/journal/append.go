package journal

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
)

// The bounds of one Append, and of the appends that are written together.
const (
	MaxBatch   = 1000 // events
	maxBytes   = 16 << 20
	maxMessage = MaxEvent + 64<<10 // with its headers
)

// maxSingle is how many appends of one event each are sent one by one. A batch
// costs JetStream about as much as so many syncs: bench/journal.
const maxSingle = 12

const (
	headerHigh     = "Vedette-High"
	headerExpected = "Nats-Expected-Last-Sequence"
)

// ownPrefix begins the kinds that only the journal itself appends.
const ownPrefix = "journal."

// Result tells where an event is, and whether it had been there before.
type Result struct {
	Seq   uint64
	Known bool
}

// entry is an encoded event on its way.
type entry struct {
	key      key
	subject  string
	data     []byte
	received int64
}

// request is one Append.
type request struct {
	entries []entry
	size    int
	own     bool // of the journal itself
	results []Result
	done    chan error
}

// Append keeps the events, all or none, and returns once they are synced to
// disk; the results are in the order of the events. An event whose id is known
// is not kept again: its result says where the first is. Appends of several
// goroutines are written together, with one sync: an append waits for the one
// being written and then for its own, and for nothing else. When ctx ends
// first, whether the events are kept is open.
func (l *Log) Append(ctx context.Context, events ...Event) ([]Result, error) {
	for _, e := range events {
		if strings.HasPrefix(e.Kind, ownPrefix) {
			return nil, fmt.Errorf("%w: event %q: kind: %q is the journal's own; choose another first word", ErrInvalid, e.ID, e.Kind)
		}
	}
	return l.append(ctx, false, events)
}

func (l *Log) append(ctx context.Context, own bool, events []Event) ([]Result, error) {
	r, err := l.request(own, events)
	if err != nil {
		return nil, err
	}
	select {
	case <-l.j.quit:
		return nil, ErrClosed
	default:
	}
	select {
	case l.requests <- r:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.j.quit:
		return nil, ErrClosed
	}
	return l.outcome(ctx, r)
}

func (l *Log) outcome(ctx context.Context, r *request) ([]Result, error) {
	select {
	case err := <-r.done:
		return r.results, err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.ended:
	}
	select {
	case err := <-r.done:
		return r.results, err
	default: // it came after the last group was gathered
		return nil, ErrClosed
	}
}

func (l *Log) request(own bool, events []Event) (*request, error) {
	if len(events) == 0 || len(events) > MaxBatch {
		return nil, fmt.Errorf("%w: %d events in one append; give 1 to %d", ErrInvalid, len(events), MaxBatch)
	}
	r := &request{own: own, done: make(chan error, 1)}
	for _, e := range events {
		data, err := e.Encode()
		if err != nil {
			return nil, err
		}
		r.entries = append(r.entries, entry{keyOf(e.ID), l.plan.prefix + e.Kind, data, e.Received.UnixNano()})
		r.size += len(data)
	}
	if r.size > maxBytes {
		return nil, fmt.Errorf("%w: %d bytes in one append, over %d; append in parts", ErrInvalid, r.size, maxBytes)
	}
	return r, nil
}

// run writes the requests, one group after the other.
func (l *Log) run() {
	defer close(l.ended)
	for {
		group := l.gather()
		if group == nil {
			return
		}
		l.commit(group)
	}
}

// gather waits for a request and takes with it all that are there already, up
// to the bounds. It gives nil when the journal closes.
func (l *Log) gather() []*request {
	first := l.waiting
	l.waiting = nil
	if first == nil {
		select {
		case first = <-l.requests:
		case <-l.j.quit:
			return nil
		}
	}
	group, n, size := []*request{first}, len(first.entries), first.size
	for {
		select {
		case r := <-l.requests:
			n, size = n+len(r.entries), size+r.size
			if n > MaxBatch || size > maxBytes {
				l.waiting = r
				return group
			}
			group = append(group, r)
		default:
			return group
		}
	}
}

// commit writes a group and answers its requests.
func (l *Log) commit(group []*request) {
	var ready []*request
	for _, r := range group {
		if err := l.j.writable(r.own); err != nil {
			r.done <- err
			continue
		}
		ready = append(ready, r)
	}
	if len(ready) == 0 {
		return
	}
	err := l.write(ready)
	for _, r := range ready {
		if err != nil {
			r.results = nil
		}
		r.done <- err
	}
}

// errRefused means that the store answered, but did not keep the events.
var errRefused = errors.New("the store refused")

// errBehind means that the stream does not end where we thought.
var errBehind = errors.New("another program appends to the stream")

// write keeps what is new in the group. On an external server others append
// too: then it learns what, and tries again.
func (l *Log) write(group []*request) error {
	ctx, cancel := context.WithTimeout(l.j.store, l.j.opts.Wait)
	defer cancel()
	stale := l.j.State().State == Unreachable
	for {
		if stale {
			if err := l.catchUp(ctx); err != nil {
				return l.j.fail(err)
			}
		}
		fresh, atomic := l.sort(group)
		err := l.publish(ctx, fresh, atomic)
		if errors.Is(err, errBehind) && ctx.Err() == nil {
			stale = true
			continue
		}
		if err != nil {
			return l.j.fail(err)
		}
		l.keep(fresh)
		l.j.recovered()
		return nil
	}
}

// sort fills in the results, gives the entries that are new, and tells whether
// they must be kept or refused together.
func (l *Log) sort(group []*request) (fresh []entry, atomic bool) {
	here := map[key]uint64{}
	for _, r := range group {
		before := len(fresh)
		r.results = r.results[:0]
		for _, e := range r.entries {
			seq, known := l.known.lookup(e.key)
			if !known {
				seq, known = here[e.key]
			}
			if !known {
				fresh = append(fresh, e)
				seq = l.last + uint64(len(fresh))
				here[e.key] = seq
			}
			r.results = append(r.results, Result{seq, known})
		}
		atomic = atomic || len(fresh)-before > 1
	}
	return fresh, atomic || len(fresh) > maxSingle
}

// keep takes over what the store has acknowledged.
func (l *Log) keep(fresh []entry) {
	for _, e := range fresh {
		l.last++
		l.known.remember(e.key, l.last)
		l.high = max(l.high, e.received)
	}
	if len(fresh) > 0 {
		l.advance(l.last)
	}
}

// publish sends the entries, as one atomic batch or one by one, and waits for
// the last acknowledgement, which the store gives after its sync. One by one,
// each entry names the sequence before it, so that the last is kept only if all
// are.
func (l *Log) publish(ctx context.Context, fresh []entry, atomic bool) error {
	if len(fresh) == 0 {
		return nil
	}
	messages := l.messages(fresh)
	if atomic {
		bind(messages)
	}
	final := len(messages) - 1
	for _, m := range messages[:final] {
		if err := l.j.nc.PublishMsg(m); err != nil {
			return err
		}
	}
	reply, err := l.j.nc.RequestMsgWithContext(ctx, messages[final])
	if err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	return acknowledged(reply.Data, l.last+uint64(len(fresh)))
}

func (l *Log) messages(fresh []entry) []*nats.Msg {
	messages := make([]*nats.Msg, len(fresh))
	high := l.high
	for i, e := range fresh {
		high = max(high, e.received)
		messages[i] = &nats.Msg{Subject: e.subject, Data: e.data, Header: nats.Header{
			headerHigh:     {strconv.FormatInt(high, 10)},
			headerExpected: {strconv.FormatUint(l.last+uint64(i), 10)},
		}}
	}
	return messages
}

// bind makes the messages one atomic batch, of which the first alone may say
// what it expects.
func bind(messages []*nats.Msg) {
	batch := rand.Text()
	for i, m := range messages {
		m.Header["Nats-Batch-Id"] = []string{batch}
		m.Header["Nats-Batch-Sequence"] = []string{strconv.Itoa(i + 1)}
		if i > 0 {
			delete(m.Header, headerExpected)
		}
	}
	messages[len(messages)-1].Header["Nats-Batch-Commit"] = []string{"1"}
}

// acknowledgement is JetStream's answer to a publish.
type acknowledgement struct {
	Seq   uint64 `json:"seq"`
	Error *struct {
		Code        int    `json:"err_code"`
		Description string `json:"description"`
	} `json:"error"`
}

// JetStream's codes for an end of the stream other than expected.
const (
	codeWrongLast         = 10071
	codeWrongLastConstant = 10164
)

func acknowledged(answer []byte, want uint64) error {
	var a acknowledgement
	if err := json.Unmarshal(answer, &a); err != nil {
		return fmt.Errorf("the store's answer %q: %w", answer, err)
	}
	switch {
	case a.Error != nil && (a.Error.Code == codeWrongLast || a.Error.Code == codeWrongLastConstant):
		return errBehind
	case a.Error != nil:
		return fmt.Errorf("%w: %s (%d)", errRefused, a.Error.Description, a.Error.Code)
	case a.Seq != want:
		return fmt.Errorf("the store acknowledged sequence %d instead of %d", a.Seq, want)
	}
	return nil
}
