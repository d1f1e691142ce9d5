// Package journal keeps what happened: in order, on disk, to be replayed and
// followed. It is the one truth that everything else on the live side is
// folded from.
//
// In go events (see Event), out come records: events with their sequence,
// which counts from 1 and is the order, whatever the clocks say. Append returns
// once the events are synced to disk, all of one call or none, and tells which
// of them were known already by their id.
//
// There are two logs. Events are kept for ever. Contacts holds the positions of
// contacts and has a term: Sweep deletes what is past it and not held, and
// writes down in Events that it did.
//
// The store is NATS JetStream: a server inside the process that listens
// nowhere, or an external one by URL. With an external server the promise of
// the sync is the server's: set sync_interval: always in its jetstream block.
//
// What is promised: an acknowledged event is there after a crash, once, until
// its term; an error of Append other than ErrInvalid, ErrFull, ErrTorn and
// ErrClosed leaves open whether the events were kept, and appending them again
// is safe, for ids are remembered. What is remembered are the ids of the last
// Options.Remember events of each log (a million by default; under 100 bytes
// each: TestIndexMemory), read back from the store by Open. An older id appended
// again is a new event.
//
// Backup writes an embedded journal into one stream while it is in use, and
// Restore makes a journal of it again, sequences and all.
//
// Goroutines are started by Open and ended by Close; Replay and Follow run on
// their caller's.
package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Options say where the journal is and how it behaves. The zero value of every
// field but Dir is a default.
type Options struct {
	Dir        string                          // folder of the embedded store, made if missing
	URL        string                          // external NATS server; Dir is then not used
	NATS       []nats.Option                   // credentials and TLS for URL
	Term       time.Duration                   // of contacts' positions; 30 days
	Remember   int                             // ids remembered per log; 1,000,000
	MinFree    int64                           // bytes of the disk left to others; 256 MiB
	Wait       time.Duration                   // for an answer of the store; 10 s
	AcceptLoss string                          // opens a torn store for writing again; says why that is right
	Report     func(Condition)                 // called on every change of state, one at a time; must not call the journal
	Log        *slog.Logger                    // slog.Default()
	Clock      func() time.Time                // stamps the journal's own events; time.Now
	free       func(dir string) (int64, error) // bytes left on dir's disk
	bulk       bool                            // the embedded store does not sync: its maker does, at the end
}

func (o Options) withDefaults() Options {
	o.Term = orElse(o.Term, 30*24*time.Hour)
	o.Remember = orElse(o.Remember, 1_000_000)
	o.MinFree = orElse(o.MinFree, 256<<20)
	o.Wait = orElse(o.Wait, 10*time.Second)
	o.Log = orElse(o.Log, slog.Default())
	if o.Report == nil {
		o.Report = func(Condition) {}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.free == nil {
		o.free = freeBytes
	}
	return o
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func (o Options) check() error {
	switch {
	case o.Dir == "" && o.URL == "":
		return errors.New("journal: no place given; set Dir to a folder, or URL to a NATS server")
	case o.Dir != "" && o.URL != "":
		return errors.New("journal: both Dir and URL are set; give one of them")
	case o.Term < 0 || o.Remember < 0 || o.MinFree < 0 || o.Wait < 0:
		return errors.New("journal: a negative option; leave it zero for its default")
	}
	return nil
}

// Journal is an open journal. Its methods and those of its logs may be called
// by several goroutines at a time.
type Journal struct {
	Events   *Log // what happened, kept for ever
	Contacts *Log // positions of contacts, kept for their term

	opts   Options
	server *embedded // nil with an external server
	nc     *nats.Conn
	js     jetstream.JetStream
	quit   chan struct{} // closed by Close
	closed sync.Once
	// store ends when the store is closed or has failed.
	store      context.Context
	breakStore context.CancelCauseFunc
	work       sync.WaitGroup

	mu        sync.Mutex
	condition Condition
	loss      *loss // accepted by this opening

	sweeping sync.Mutex
}

// Open opens the journal, or makes it, and reads back the ids that are
// remembered. A store in which acknowledged events are missing is opened for
// reading only: see Torn. A folder that cannot be written, and one that
// another process has open, is an error.
func Open(ctx context.Context, opts Options) (*Journal, error) {
	opts = opts.withDefaults()
	if err := opts.check(); err != nil {
		return nil, err
	}
	j := &Journal{opts: opts, quit: make(chan struct{})}
	j.store, j.breakStore = context.WithCancelCause(context.Background())
	j.set(Opening, nil)
	if err := j.open(ctx); err != nil {
		j.stop()
		return nil, err
	}
	return j, nil
}

func (j *Journal) open(ctx context.Context) error {
	if err := j.connect(); err != nil {
		return err
	}
	var err error
	if j.Events, err = j.openLog(ctx, eventsLog()); err != nil {
		return err
	}
	if j.Contacts, err = j.openLog(ctx, contactsLog()); err != nil {
		return err
	}
	if err := j.judge(ctx); err != nil {
		return err
	}
	j.work.Go(j.Events.run)
	j.work.Go(j.Contacts.run)
	if j.State().State == Torn {
		return nil
	}
	return j.settle(ctx)
}

// settle ends what a crash or a loss has left open.
func (j *Journal) settle(ctx context.Context) error {
	if err := j.recordLoss(ctx); err != nil {
		return err
	}
	return j.finishSweep(ctx)
}

func (j *Journal) connect() error {
	options := append([]nats.Option{nats.Name("vedette journal"), nats.MaxReconnects(-1)}, j.opts.NATS...)
	url := j.opts.URL
	if url == "" {
		var err error
		if j.server, err = startEmbedded(j.opts); err != nil {
			return err
		}
		j.server.ledger.watch(j.breakStore)
		options = append(options, nats.InProcessServer(j.server.nats))
	}
	nc, err := nats.Connect(url, options...)
	if err != nil {
		return fmt.Errorf("journal: connect to %q: %w; start the server, or mend the URL", url, err)
	}
	j.nc = nc
	if nc.MaxPayload() < maxMessage {
		return fmt.Errorf("journal: the server at %q takes messages of %d bytes; set its max_payload to %d or more", url, nc.MaxPayload(), maxMessage)
	}
	j.js, err = jetstream.New(nc)
	return err
}

// Close ends the journal: appends in the queue are refused with ErrClosed,
// those being written are finished.
func (j *Journal) Close() error {
	err := j.stop()
	j.set(Closed, nil)
	return err
}

func (j *Journal) stop() error {
	var err error
	j.closed.Do(func() {
		close(j.quit)
		j.work.Wait()
		j.breakStore(ErrClosed)
		if j.nc != nil {
			j.nc.Close()
		}
		err = errors.Join(j.Events.close(), j.Contacts.close(), j.server.stop())
	})
	return err
}
