package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"vedette/export"
	"vedette/report/claim"
	"vedette/report/intake"
)

type reportWatchCommand struct {
	URLs []string `arg:"" name:"url" help:"Feeds (RSS, Atom) or pages." placeholder:"URL"`
	mapFlags
	Allow  []string      `help:"Hosts that may be asked, with a port if it is an unusual one. Without it nothing is asked." placeholder:"HOST"`
	Every  time.Duration `help:"How often; a host that asks for more patience gets it." default:"10m" placeholder:"TIME"`
	Once   bool          `help:"Ask once and stop."`
	Radius float64       `name:"radius-km" help:"A text must name a place within so many km of the frontier." default:"300" placeholder:"KM"`
	State  string        `help:"Remember here what was seen, so that a later start does not tell it again." placeholder:"FILE" type:"path"`
}

func (reportWatchCommand) Help() string {
	return `Asks feeds again and again and prints what is new, as read does. Only hosts that --allow names are asked, a
redirect to another one is not followed, and nothing that a feed refers to is fetched. What has not changed is
not sent again (conditional GET); copies of one agency's text are one source. It runs until it is stopped.

Example:
  vedette report watch https://news.example/feed.xml --allow news.example --area my.area.geojson --state seen.json`
}

// The bounds of watching.
const (
	leastPause = time.Minute
	mostPause  = 24 * time.Hour
	askFor     = 30 * time.Second // for one answer
	remembered = 5000             // texts that are not told again
	compared   = 100              // stories against which copies are told
	redirects  = 3
)

func (c reportWatchCommand) check() error {
	if c.Every < leastPause && !c.Once {
		return misuse("--every: %v is too often for somebody else's server; give %v or more", c.Every, leastPause)
	}
	for _, raw := range c.URLs {
		u, err := url.Parse(raw)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			return misuse("%q is no address of a feed; give one that begins with https://", raw)
		case !slices.Contains(c.Allow, u.Host):
			return misuse("%s is not allowed; add --allow %s if it may be asked", u.Host, u.Host)
		}
	}
	return nil
}

func (c reportWatchCommand) Run(con *console) error {
	if err := c.check(); err != nil {
		return err
	}
	l, err := c.locator()
	if err != nil {
		return err
	}
	w := &feedWatcher{reader: claim.NewReader(l, claim.Options{RadiusKM: c.Radius}), client: c.client(), limits: intake.DefaultLimits()}
	if w.state, err = openWatched(c.State); err != nil {
		return err
	}
	for _, u := range c.URLs {
		w.feeds = append(w.feeds, &feed{url: u})
	}
	for {
		if err := w.round(con, c); err != nil {
			return err
		}
		if c.Once {
			return w.failure()
		}
		select {
		case <-con.Done():
			return con.Err()
		case <-time.After(w.pause()):
		}
	}
}

// client asks allowed hosts only, wherever a redirect leads.
func (c reportWatchCommand) client() *http.Client {
	return &http.Client{Timeout: askFor, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > redirects {
			return fmt.Errorf("more than %d redirects", redirects)
		}
		if !slices.Contains(c.Allow, r.URL.Host) {
			return fmt.Errorf("it leads on to %s, which is not allowed; add --allow %s if it may be asked", r.URL.Host, r.URL.Host)
		}
		return nil
	}}
}

// feedWatcher asks feeds and tells what is new.
type feedWatcher struct {
	reader  *claim.Reader
	client  *http.Client
	limits  intake.Limits
	state   watched
	feeds   []*feed
	stories []claim.Story // the last that are no copies
}

// feed is one address, and when it is asked next.
type feed struct {
	url    string
	next   time.Time
	failed int
	err    error
}

// round asks the feeds that are due and prints the new stories. One that fails
// is said, and waits longer.
func (w *feedWatcher) round(con *console, c reportWatchCommand) error {
	for _, f := range w.feeds {
		if err := con.Err(); err != nil {
			return err
		}
		if time.Now().Before(f.next) {
			continue
		}
		docs, wait, err := w.ask(con, f)
		if f.err = err; err != nil {
			f.failed++
			fmt.Fprintf(con.err, "%s: %v\n", f.url, err)
		} else {
			f.failed = 0
		}
		f.next = time.Now().Add(min(mostPause, max(wait, c.Every<<min(f.failed, 6))))
		if err := con.tell(w.fresh(docs)); err != nil {
			return err
		}
	}
	return w.state.save(c.State)
}

func (w *feedWatcher) pause() time.Duration {
	next := w.feeds[0].next
	for _, f := range w.feeds {
		if f.next.Before(next) {
			next = f.next
		}
	}
	return max(time.Second, time.Until(next))
}

// failure is what went wrong in the last round.
func (w *feedWatcher) failure() error {
	var all []error
	for _, f := range w.feeds {
		if f.err != nil {
			all = append(all, fmt.Errorf("%s: %w", f.url, f.err))
		}
	}
	return errors.Join(all...)
}

// ask gets a feed if it has changed, and how long its host wants to be left
// alone.
func (w *feedWatcher) ask(ctx context.Context, f *feed) ([]intake.Document, time.Duration, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url, nil)
	if err != nil {
		return nil, 0, err
	}
	mark := w.state.Feeds[f.url]
	for name, value := range map[string]string{
		"User-Agent": "Vedette/" + version(), "If-None-Match": mark.ETag, "If-Modified-Since": mark.Modified,
	} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	answer, err := w.client.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer answer.Body.Close()
	seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After")) // a date, or nonsense, is no wish
	wait := time.Duration(min(max(seconds, 0), int(mostPause/time.Second))) * time.Second
	switch answer.StatusCode {
	case http.StatusNotModified:
		return nil, wait, nil
	case http.StatusOK:
	default:
		return nil, wait, fmt.Errorf("answers %s", answer.Status)
	}
	docs, err := w.take(f.url, answer)
	return docs, wait, err
}

// take reads an answer, and marks what it was only once it was understood.
func (w *feedWatcher) take(from string, answer *http.Response) ([]intake.Document, error) {
	raw, err := io.ReadAll(io.LimitReader(answer.Body, int64(w.limits.Bytes)+1))
	if err != nil {
		return nil, err
	}
	docs, err := intake.Read(from, raw, w.limits)
	if err != nil {
		return nil, err
	}
	w.state.Feeds[from] = mark{answer.Header.Get("ETag"), answer.Header.Get("Last-Modified")}
	return docs, nil
}

// fresh reads the documents that were not seen yet. Those that copy one of the
// last stories say so.
func (w *feedWatcher) fresh(docs []intake.Document) []claim.Story {
	known := len(w.stories)
	all := w.stories
	for i := range docs {
		if w.state.note(&docs[i]) {
			all = append(all, w.reader.Read(&docs[i]))
		}
	}
	claim.FoldCopies(all)
	fresh := slices.Clone(all[known:])
	w.stories = slices.DeleteFunc(all, func(s claim.Story) bool { return s.CopyOf != "" })
	w.stories = w.stories[max(0, len(w.stories)-compared):]
	return fresh
}

// tell prints stories, as JSON one a line.
func (c *console) tell(stories []claim.Story) error {
	if !c.json {
		printStories(c.out, stories)
		return nil
	}
	enc := json.NewEncoder(c.out)
	for i := range stories {
		if err := enc.Encode(&stories[i]); err != nil {
			return fmt.Errorf("print JSON: %w", err)
		}
	}
	return nil
}

// watched is what is remembered of feeds from start to start.
type watched struct {
	Feeds map[string]mark `json:"feeds"`
	Seen  []string        `json:"seen"` // hashes of texts, the oldest first
}

// mark is how a host tells whether something has changed.
type mark struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"last_modified,omitempty"`
}

// openWatched reads what is remembered; without a file nothing is.
func openWatched(path string) (watched, error) {
	s := watched{Feeds: map[string]mark{}}
	if path == "" {
		return s, nil
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return s, nil
	case err != nil:
		return s, fmt.Errorf("--state: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("--state: %s was not written by report watch: %w; give another file", path, err)
	}
	if s.Feeds == nil {
		s.Feeds = map[string]mark{}
	}
	return s, nil
}

// note remembers a text, and tells whether it is new.
func (s *watched) note(d *intake.Document) bool {
	sum := sha256.Sum256([]byte(d.Title + "\x00" + d.Body()))
	key := hex.EncodeToString(sum[:16])
	if slices.Contains(s.Seen, key) {
		return false
	}
	s.Seen = append(s.Seen, key)
	s.Seen = s.Seen[max(0, len(s.Seen)-remembered):]
	return true
}

func (s *watched) save(path string) error {
	if path == "" {
		return nil
	}
	return export.File(path, func(w io.Writer) error { return json.NewEncoder(w).Encode(s) })
}
