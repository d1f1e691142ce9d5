package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"vedette/internal/admin"
	"vedette/internal/backup"
	"vedette/internal/control"
	"vedette/internal/durable"
	"vedette/internal/feed"
	"vedette/internal/history"
	"vedette/internal/journal"
	"vedette/internal/picture"
	"vedette/internal/tak"
)

// LiveOptions say what is served, and how.
type LiveOptions struct {
	Area     Source
	Data     string // folder for all that is kept
	Settings Settings
	Version  string
	Log      *slog.Logger
	Tell     func(format string, args ...any) // what whoever started it should know
	// Do does a command that came by the control socket, and gives its exit code.
	Do func(ctx context.Context, live *Running, call control.Call, to control.Streams) int
}

// Running is a live side that commands are done within.
type Running struct{ *live }

// Backup writes the data folder to w.
func (r *Running) Backup(ctx context.Context, w io.Writer) (backup.Contents, error) {
	return backupOf(ctx, r.journal, r.Data, r.Version, w)
}

// live is a running live side.
type live struct {
	LiveOptions
	journal *journal.Journal
	picture *picture.Picture
	history *history.History
	desk    *admin.Desk
	tak     *tak.Server
	feeds   *feed.Runner
	opened  []func() error // what closes what was opened

	// What is begun last is ended first: front takes from outside and is
	// ended before back, which keeps what was taken.
	front, back *stage
}

// stage is a number of things that run until their stage ends, or one of them
// fails, which ends all.
type stage struct {
	ctx    context.Context
	cancel context.CancelFunc
	group  *errgroup.Group
}

func newStage(ctx context.Context) *stage {
	ctx, cancel := context.WithCancel(ctx)
	group, ctx := errgroup.WithContext(ctx)
	return &stage{ctx, cancel, group}
}

// run runs fn within the stage; name says what failed.
func (s *stage) run(name string, fn func(ctx context.Context) error) {
	s.group.Go(func() error {
		if err := fn(s.ctx); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
}

// end ends the stage and tells what failed in it.
func (s *stage) end() error {
	s.cancel()
	return s.group.Wait()
}

// Live serves the live side of an area until ctx ends, and then stops within a
// few seconds: what was acknowledged is on disk before anyway.
func Live(ctx context.Context, opts LiveOptions) (err error) {
	l := &live{LiveOptions: opts}
	if err := durable.Folder(l.Data); err != nil {
		return err
	}
	if err := l.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	l.back = newStage(context.WithoutCancel(ctx))
	l.front = newStage(l.back.ctx) // when what keeps fails, nothing more is taken
	stop := context.AfterFunc(ctx, l.front.cancel)
	defer stop()
	l.keep()
	if err := l.serve(); err != nil {
		return errors.Join(err, l.front.end(), l.back.end())
	}
	<-l.front.ctx.Done()
	return errors.Join(l.front.end(), l.back.end())
}

// open opens what is kept, and fills the picture from the journal.
func (l *live) open(ctx context.Context) error {
	for _, open := range []func(context.Context) error{l.openJournal, l.openDesk, l.openHistory, l.openPicture} {
		if err := open(ctx); err != nil {
			return errors.Join(err, l.close())
		}
	}
	return nil
}

// close closes what was opened, the last first.
func (l *live) close() error {
	var all error
	for i := len(l.opened) - 1; i >= 0; i-- {
		all = errors.Join(all, l.opened[i]())
	}
	return all
}

func (l *live) openJournal(ctx context.Context) error {
	opts := journal.Options{
		Term: time.Duration(l.Settings.Journal.Term), MinFree: l.Settings.Journal.MinFree, Remember: l.Settings.Journal.Remember,
		Report: l.condition, Log: l.Log,
	}
	if opts.URL = l.Settings.Journal.NATS; opts.URL == "" {
		opts.Dir = filepath.Join(l.Data, backup.JournalDir)
	}
	j, err := journal.Open(ctx, opts)
	if err != nil {
		return err
	}
	l.journal = j
	l.opened = append(l.opened, j.Close)
	return nil
}

// openDesk opens the users, the authority and the audit trail.
func (l *live) openDesk(ctx context.Context) error {
	desk, stop, err := admin.OpenOn(ctx, l.Data, l.journal, l.Log)
	if err != nil {
		return err
	}
	l.desk = desk
	l.opened = append(l.opened, stop)
	return desk.CA.Serve(append([]string{"localhost", "127.0.0.1", "::1"}, l.Settings.Web.Hosts...))
}

func (l *live) openHistory(context.Context) error {
	h, err := history.Open(filepath.Join(l.Data, backup.HistoryFile))
	if err != nil {
		return err
	}
	l.history = h
	l.opened = append(l.opened, h.Close)
	return nil
}

// openPicture makes the picture and fills it from the journal.
func (l *live) openPicture(ctx context.Context) error {
	l.picture = picture.New(picture.Options{
		Journal: l.journal, File: filepath.Join(l.Data, backup.PresentFile), Log: l.Log,
		Linger: time.Duration(l.Settings.Picture.Linger), Most: l.Settings.Picture.Most,
		Term: time.Duration(l.Settings.Journal.Term),
	})
	return l.picture.Restore(ctx)
}

// condition says what the journal can do.
func (l *live) condition(c journal.Condition) {
	if c.Err != nil {
		l.Log.Error("journal", "state", c.State, "err", c.Err)
		return
	}
	l.Log.Info("journal", "state", c.State)
}

// keep runs what keeps what was taken.
func (l *live) keep() {
	l.back.run("picture", l.picture.Run)
	l.back.run("history", l.project)
	l.back.run("term of positions", l.sweep)
}

// projectAgain is how long the history waits after it failed.
const projectAgain = 5 * time.Second

// project runs the history, and again where it fails: the picture does without
// it, and what it missed is still in the journal.
func (l *live) project(ctx context.Context) error {
	for {
		err := l.history.Run(ctx, l.journal)
		if ctx.Err() != nil {
			return nil
		}
		l.Log.Error("the history is behind; it is tried again", "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(projectAgain):
		}
	}
}

// sweepEvery is how often positions past their term are looked for.
const sweepEvery = time.Hour

// sweep deletes positions past their term, now and then every hour. A journal
// that cannot be written has said so itself.
func (l *live) sweep(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if swept, err := l.journal.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			l.Log.Error("positions past their term are not deleted", "err", err)
		} else if swept.Deleted > 0 {
			l.Log.Info("positions past their term are deleted", "count", swept.Deleted, "held", swept.Held)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// serve lets in whoever may come.
func (l *live) serve() error {
	for _, serve := range []func() error{l.serveTAK, l.serveMarti, l.runFeeds, l.serveWeb} {
		if err := serve(); err != nil {
			return err
		}
	}
	l.front.run("commands", func(ctx context.Context) error {
		return control.Serve(ctx, l.Data, func(ctx context.Context, call control.Call, to control.Streams) int {
			return l.Do(ctx, &Running{l}, call, to)
		})
	})
	return nil
}

// Desk is where administrators' acts are carried out.
func (r *Running) Desk() *admin.Desk { return r.desk }

// Events is the log in which the audit trail is kept.
func (r *Running) Events() *journal.Log { return r.journal.Events }
