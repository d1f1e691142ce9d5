// Package admin carries out what administrators do: users, passwords, tokens,
// certificates, and what sets up a phone.
//
// Every act is a method that takes plain data and gives plain data, so that it
// can be asked for in the process that has the stores or from another one. The
// context carries who asks (access.With): whoever may not administer is
// refused. An act is written into the audit trail before it is done, and its
// outcome after. When the first cannot be written, nothing is done, unless the
// act takes something away: a phone that is lost is shut out though the disk is
// full, and the error says that it is not written down. Results may hold
// secrets, which are kept nowhere and are to be shown once.
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"vedette/internal/access"
	"vedette/internal/backup"
	"vedette/internal/ca"
	"vedette/internal/journal"
)

// ErrRefused says that somebody may not do what they asked for.
var ErrRefused = errors.New("admin: refused")

// Desk is where administrators' acts are carried out.
type Desk struct {
	Users *access.Store
	CA    *ca.Authority
	Audit *access.Audit
	// Journal is where positions are kept and held.
	Journal *journal.Journal
}

// The places in a data folder.
const (
	users     = "access.json"
	authority = "ca"
)

// UsersOptions are those of a data folder's users.
func UsersOptions(data string) access.Options {
	return access.Options{Path: filepath.Join(data, users)}
}

// CAOptions are those of a data folder's authority.
func CAOptions(data string) ca.Options { return ca.Options{Dir: filepath.Join(data, authority)} }

// JournalOptions are those of a data folder's journal.
func JournalOptions(data string) journal.Options {
	return journal.Options{Dir: filepath.Join(data, backup.JournalDir)}
}

// Open opens the stores of a data folder, for a process that does nothing else.
// The error wraps durable.ErrLocked where the server is running.
func Open(ctx context.Context, data string, log *slog.Logger) (d *Desk, stop func() error, err error) {
	return OpenOn(ctx, data, nil, log)
}

// OpenOn is Open for who has the journal open; stop leaves that open.
func OpenOn(ctx context.Context, data string, j *journal.Journal, log *slog.Logger) (d *Desk, stop func() error, err error) {
	d = &Desk{Journal: j}
	var opened stack
	if err := opened.open(ctx, d, data, log); err != nil {
		return nil, nil, errors.Join(err, opened.close())
	}
	return d, opened.close, nil
}

// stack is what is open.
type stack []func() error

func (s *stack) open(ctx context.Context, d *Desk, data string, log *slog.Logger) (err error) {
	uo, co, jo := UsersOptions(data), CAOptions(data), JournalOptions(data)
	uo.Log, co.Log, jo.Log = log, log, log
	if d.Users, err = access.Open(uo); err != nil {
		return err
	}
	*s = append(*s, d.Users.Close)
	if d.CA, err = ca.Open(co); err != nil {
		return err
	}
	*s = append(*s, d.CA.Close)
	if d.Journal == nil {
		if d.Journal, err = journal.Open(ctx, jo); err != nil {
			return err
		}
		*s = append(*s, d.Journal.Close)
	}
	d.Audit, err = access.OpenAudit(ctx, d.Journal.Events, time.Now)
	return err
}

// close closes what was opened last first.
func (s *stack) close() error {
	var all error
	for _, fn := range slices.Backward(*s) {
		all = errors.Join(all, fn())
	}
	return all
}

// deed is what is written down of an act.
type deed struct {
	what, object string
	takesAway    bool // is done though it cannot be written down
}

// act carries out fn if the asker may, between two entries of the trail.
func (d *Desk) act(ctx context.Context, a deed, fn func(by access.Principal) error) error {
	by, _ := access.From(ctx)
	entry := access.Entry{Who: by.Name, How: by.How, What: a.what, Object: a.object, Outcome: "begun"}
	if !by.May(access.Administer) {
		entry.Outcome = "refused"
		_, err := d.Audit.Append(ctx, entry)
		return errors.Join(fmt.Errorf("%w: %q may not %q; somebody with the role %q may", ErrRefused, by.Name, a.what, access.Admin), err)
	}
	_, unwritten := d.Audit.Append(ctx, entry)
	if unwritten != nil && !a.takesAway {
		return fmt.Errorf("admin: %s was not begun: %w", a.what, unwritten)
	}
	err := fn(by)
	entry.Outcome = "done"
	if err != nil {
		entry.Outcome = "failed: " + err.Error()
	}
	// The outcome is written down though the asker has gone.
	if _, e := d.Audit.Append(context.WithoutCancel(ctx), entry); e != nil {
		err = errors.Join(err, fmt.Errorf("admin: the outcome of %s (%s) could not be written down: %w", a.what, entry.Outcome, e))
	}
	return err
}
