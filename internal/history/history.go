// Package history projects the journal into an SQLite file and answers what was
// where, and when.
//
// In go the journal's two logs, as they grow; out come observations by place and
// time, the last position of each track at a moment, tracks as lines, counts for
// a time slider, and events. Questions are by the time of the event, as its source
// says; the time of receipt is kept beside it. Times are cut to microseconds, and
// the Cursor on Target an observation came in is not kept: it stands in the
// journal.
//
// The file holds nothing that the journal does not: how far it is projected
// stands in the same transaction as the rows, so that a crash loses and doubles
// nothing; a file of another version or another journal is emptied and filled
// again; and what a sweep of the journal has deleted is deleted here, overwritten
// on the disk, and comes back by no rebuild.
//
// One process runs the projection; others may read beside it. Answers are
// bounded in rows, and end with their context. Who asks sees what has no groups
// or shares one of his; nil groups see all. Events have no groups: which kinds
// somebody may see is the caller's to decide.
package history

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

//go:embed schema.sql
var schema string

// The version and the mark that schema.sql gives a file.
const (
	version     = 1
	application = 0x56444853
)

// History is an open history. Its methods may be called by several goroutines
// at a time, Run by one.
type History struct {
	path  string
	write *sql.DB // nil when it is only read
	read  *sql.DB
}

// ErrOther says that a file is no history of this version.
var ErrOther = errors.New("history: not a history of this version")

// Open opens the history at path for Run and for questions, or makes it. One of
// another version is emptied: Run fills it again. A file that is something else
// is left alone and is an error.
func Open(path string) (*History, error) {
	ctx := context.Background()
	h, err := openFile(path, following)
	if err != nil {
		return nil, err
	}
	found, err := identify(ctx, h.write)
	if err == nil && found == older {
		if err := h.remake(); err != nil {
			return nil, err
		}
		return Open(path)
	}
	if err == nil && found == nothing {
		err = h.make(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("history: open %s: %w", path, err), h.Close())
	}
	return h, nil
}

// OpenReader opens the history at path for questions only, beside a process
// that runs it or without one.
func OpenReader(path string) (*History, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("history: open: %w; give the data folder of a server that has run, or rebuild its history", err)
	}
	db, err := connect(path, asking)
	if err != nil {
		return nil, err
	}
	h := &History{path: path, read: db}
	found, err := identify(context.Background(), db)
	if err == nil && found != ours {
		err = fmt.Errorf("%w; rebuild it", ErrOther)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("history: open %s: %w", path, err), h.Close())
	}
	return h, nil
}

// readers is how many questions are answered at the same time.
const readers = 4

// mode is how a connection treats the file.
type mode []string

var (
	// A commit is in the file after a crash of the process; a power cut may take
	// the last ones, rows and progress together.
	following = mode{"journal_mode(WAL)", "synchronous(NORMAL)", "wal_autocheckpoint(8000)", "secure_delete(1)", "cache_size(-65536)"}
	// Nobody else looks at a file that is built, and on an error it is removed.
	building = mode{"journal_mode(OFF)", "synchronous(OFF)", "locking_mode(EXCLUSIVE)", "cache_size(-65536)"}
	asking   = mode{"query_only(1)", "cache_size(-16384)"}
)

func openFile(path string, m mode) (*History, error) {
	if err := ownFile(path); err != nil {
		return nil, fmt.Errorf("history: open %s: %w", path, err)
	}
	write, err := connect(path, m)
	if err != nil {
		return nil, err
	}
	read, err := connect(path, asking)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	write.SetMaxOpenConns(1)
	return &History{path, write, read}, nil
}

// ownFile makes the file if it is not there, for its owner only; SQLite gives
// what it keeps beside it the same mode. One that is there is not touched: to
// close it would end the locks that this process has on it.
func ownFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func connect(path string, m mode) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("history: open %s: %w", path, err)
	}
	options := url.Values{"_pragma": append([]string{"busy_timeout(10000)"}, m...)}
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: options.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, fmt.Errorf("history: open %s: %w", path, err)
	}
	db.SetMaxOpenConns(readers)
	return db, nil
}

// kind is what a file turns out to be.
type kind int

const (
	nothing kind = iota // empty
	ours
	older // or newer
)

// identify refuses a file of another program.
func identify(ctx context.Context, db *sql.DB) (kind, error) {
	var mark, v, tables int64
	row := db.QueryRowContext(ctx, `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id, pragma_user_version`)
	if err := row.Scan(&mark, &v, &tables); err != nil {
		return 0, fmt.Errorf("%w; move the file away, it is made again from the journal", err)
	}
	switch {
	case tables == 0:
		return nothing, nil
	case mark != application:
		return 0, fmt.Errorf("%w: another program's file; give another path", ErrOther)
	case v != version:
		return older, nil
	}
	return ours, nil
}

// make makes the tables, all or none.
func (h *History) make(ctx context.Context) error {
	_, err := h.write.ExecContext(ctx, "BEGIN IMMEDIATE;\n"+schema+"\nCOMMIT;")
	return err
}

// remake removes the file.
func (h *History) remake() error {
	return errors.Join(h.Close(), removeFile(h.path))
}

// removeFile removes a database, itself first: without it what SQLite keeps
// beside it means nothing.
func removeFile(path string) error {
	for _, p := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("history: remove: %w", err)
		}
	}
	return nil
}

// Close ends the history; Run must have ended.
func (h *History) Close() error {
	err := h.read.Close()
	if h.write != nil {
		err = errors.Join(err, h.write.Close())
	}
	return err
}

// Progress tells up to which event each log is projected.
func (h *History) Progress(ctx context.Context) (contacts, events uint64, err error) {
	row := h.read.QueryRowContext(ctx, `SELECT coalesce((SELECT seq FROM progress WHERE log = 'contacts'), 0),
		coalesce((SELECT seq FROM progress WHERE log = 'events'), 0)`)
	if err := row.Scan(&contacts, &events); err != nil {
		return 0, 0, fmt.Errorf("history: read the progress: %w", err)
	}
	return contacts, events, nil
}

// Unread tells how many events that say they are observations could not be
// read as such; the table unread names them.
func (h *History) Unread(ctx context.Context) (n int64, err error) {
	if err := h.read.QueryRowContext(ctx, `SELECT count(*) FROM unread`).Scan(&n); err != nil {
		return 0, fmt.Errorf("history: count what could not be read: %w", err)
	}
	return n, nil
}
