package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"vedette/internal/durable"
)

// embedded is a NATS server inside the process that listens nowhere.
type embedded struct {
	nats   *server.Server
	lock   io.Closer
	ledger *ledger
}

func startEmbedded(opts Options) (*embedded, error) {
	lock, err := prepare(opts.Dir)
	if err != nil {
		return nil, err
	}
	e := &embedded{lock: lock, ledger: &ledger{log: opts.Log}}
	e.nats, err = server.NewServer(serverOptions(opts))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("journal: start the store in %s: %w", opts.Dir, err), lock.Close())
	}
	e.nats.SetLoggerV2(e.ledger, false, false, false)
	e.nats.Start()
	if !e.nats.ReadyForConnections(time.Minute) || !e.nats.JetStreamEnabled() {
		err := fmt.Errorf("journal: the store in %s does not start: %s; see that the folder can be read and written", opts.Dir, e.ledger.last())
		return nil, errors.Join(err, e.stop())
	}
	return e, nil
}

func serverOptions(opts Options) *server.Options {
	return &server.Options{
		ServerName:             "vedette",
		DontListen:             true,
		NoSigs:                 true,
		JetStream:              true,
		StoreDir:               opts.Dir,
		SyncAlways:             !opts.bulk,
		MaxPayload:             maxMessage,
		MaxPending:             512 << 20,
		JetStreamMaxStore:      1 << 60, // Options.MinFree guards the disk
		JetStreamMaxMemory:     16 << 20,
		DisableJetStreamBanner: true,
		JetStreamLimits:        server.JSLimitOpts{MaxBatchSize: MaxBatch},
	}
}

// prepare makes the folder, sees that it can be written and takes its lock.
func prepare(dir string) (io.Closer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritable(dir, err)
	}
	probe, err := os.CreateTemp(dir, "probe-*")
	if err != nil {
		return nil, unwritable(dir, err)
	}
	_, err = probe.Write(make([]byte, 4096))
	err = errors.Join(err, probe.Sync(), probe.Close(), os.Remove(probe.Name()))
	if err != nil {
		return nil, unwritable(dir, err)
	}
	lock, err := durable.Lock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("journal: %w; stop that process first, or take another folder", err)
	}
	return lock, nil
}

func unwritable(dir string, err error) error {
	return fmt.Errorf("%w: %s cannot be written: %w; mount it writable, make room, or give the folder to the user that runs this", ErrFailed, dir, err)
}

func (e *embedded) stop() error {
	if e == nil {
		return nil
	}
	e.nats.Shutdown()
	e.nats.WaitForShutdown()
	return e.lock.Close()
}

// ledger takes the server's log. A failure to write reaches no client of the
// server, so that the log is where we learn of it.
type ledger struct {
	log *slog.Logger

	mu      sync.Mutex
	latest  string
	onWrite func(error) // called when the store could not write
}

func (l *ledger) Noticef(format string, v ...any) { l.log.Debug("nats: " + fmt.Sprintf(format, v...)) }
func (l *ledger) Debugf(string, ...any)           {}
func (l *ledger) Tracef(string, ...any)           {}
func (l *ledger) Warnf(format string, v ...any) {
	l.complain(slog.LevelWarn, fmt.Sprintf(format, v...))
}
func (l *ledger) Errorf(format string, v ...any) {
	l.complain(slog.LevelError, fmt.Sprintf(format, v...))
}
func (l *ledger) Fatalf(format string, v ...any) {
	l.complain(slog.LevelError, fmt.Sprintf(format, v...))
}

func (l *ledger) complain(level slog.Level, text string) {
	l.log.Log(context.Background(), level, "nats: "+text)
	l.mu.Lock()
	l.latest = text
	onWrite := l.onWrite
	l.mu.Unlock()
	if onWrite != nil && isWriteFailure(text) {
		onWrite(errors.New(text))
	}
}

func isWriteFailure(text string) bool {
	for _, sign := range []string{"critical write error", "failed to store a msg", "while writing msg"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

func (l *ledger) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.latest
}

// watch sets who is told of failures to write; nil ends it.
func (l *ledger) watch(onWrite func(error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.onWrite = onWrite
}
