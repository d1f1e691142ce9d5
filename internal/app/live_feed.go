package app

import (
	"context"
	"path/filepath"

	"vedette/internal/backup"
	"vedette/internal/feed"
)

// kindFeed is the kind under which changes of a feed's state stand in the
// journal.
const kindFeed = "feed.state"

// runFeeds lets the feeds of the settings bring what they have.
func (l *live) runFeeds() error {
	runner, err := feed.NewRunner(l.Settings.Feeds, feed.Options{Sink: l.picture, Changed: l.feedChanged, Dir: filepath.Join(l.Data, backup.BrokerDir)})
	if err != nil {
		return err
	}
	l.feeds = runner
	l.front.run("feeds", runner.Run)
	for _, h := range runner.Health() {
		l.Tell("Feed %s (%s)", h.Name, h.Kind)
	}
	return nil
}

// feedChanged writes down how a feed does now. A journal that cannot be written
// has said so itself.
func (l *live) feedChanged(h feed.Health) {
	l.Log.Info("feed", "name", h.Name, "state", h.State, "err", h.Err)
	if err := l.note(context.WithoutCancel(l.front.ctx), kindFeed, h); err != nil {
		l.Log.Warn("the state of a feed is not in the journal", "name", h.Name, "err", err)
	}
}
