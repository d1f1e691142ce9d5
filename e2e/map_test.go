// Package e2e tests the whole through the programs that people use.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vedette/frontier"
	"vedette/geo"
	"vedette/internal/access"
	"vedette/internal/feed"
	"vedette/internal/journal"
	"vedette/internal/picture"
	"vedette/internal/web"
	"vedette/track"
)

// post is a server that can be stopped and started again at its address.
type post struct {
	t       *testing.T
	journal *journal.Journal
	dir     string
	address string
	users   *access.Store
	picture *picture.Picture
	stop    func()
}

func newPost(t *testing.T, users *access.Store) *post {
	t.Helper()
	dir := t.TempDir()
	j, err := journal.Open(context.Background(), journal.Options{Dir: filepath.Join(dir, "journal"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	p := &post{t: t, journal: j, dir: dir, address: "127.0.0.1:0", users: users}
	p.start()
	t.Cleanup(func() { p.stop() })
	return p
}

func (p *post) start() {
	p.t.Helper()
	area, err := frontier.Load(filepath.Join("..", "examples", "al-qaim", "al-qaim.area.geojson"))
	if err != nil {
		p.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	p.picture = picture.New(picture.Options{Journal: p.journal, Log: log})
	if err := p.picture.Restore(context.Background()); err != nil {
		p.t.Fatal(err)
	}
	audit, err := access.OpenAudit(context.Background(), p.journal.Events, time.Now)
	if err != nil {
		p.t.Fatal(err)
	}
	server, err := web.New(web.Options{
		Picture: p.picture, Journal: p.journal, Area: area, Dir: filepath.Join(p.dir, "reports"), Log: log, Audit: audit, Users: p.users, Open: p.users == nil,
		Feeds: feeds{},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	ln, err := net.Listen("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.address = ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- p.picture.Run(ctx) }()
	go func() { ended <- server.Run(ctx, ln) }()
	p.stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, <-ended); err != nil {
			p.t.Error(err)
		}
	})
}

// feeds are one that is live and one that is silent.
type feeds struct{ web.Feeds }

func (feeds) Health() []feed.Health {
	return []feed.Health{{Name: "harbour", Kind: "ais", State: feed.Live, In: 1234, Last: time.Now()}, {Name: "mast", Kind: "sbs", State: feed.Silent}}
}

// say puts something on the picture, kept.
func (p *post) say(id, typ string, lat, lon float64, with ...func(*track.Observation)) {
	p.t.Helper()
	now := time.Now().UTC()
	o := &track.Observation{
		Source: "tak", ID: id, Type: typ, Label: id, Fix: true, At: geo.Point{Lat: lat, Lon: lon},
		HAE: math.NaN(), CE: math.NaN(), LE: math.NaN(), Course: math.NaN(), Speed: math.NaN(),
		Time: now, Received: now, Stale: now.Add(time.Hour), Trust: track.Local,
	}
	for _, w := range with {
		w(o)
	}
	if err := p.picture.Keep(context.Background(), []*track.Observation{o}); err != nil {
		p.t.Fatal(err)
	}
}

// drawnAt is where the map has an object, as JavaScript.
func drawnAt(id string) string {
	return fmt.Sprintf(`window.vedette.watch.map.querySourceFeatures('objects').filter(f => f.properties.key === 'tak/%s').map(f => f.geometry.coordinates[0])[0]`, id)
}

func near(id string, lon float64) string {
	return fmt.Sprintf(`Math.abs(%s - %v) < 1e-3`, drawnAt(id), lon)
}

// TestAReportIsSent fills the form in and sends it with a picture.
func TestAReportIsSent(t *testing.T) {
	c := openBrowser(t)
	p := newPost(t, nil)
	c.open("http://" + p.address + "/")
	c.until(`document.getElementById('state').dataset.state === 'live'`)
	c.idle()
	c.eval(`document.getElementById('report-open').click()`)
	c.until(`document.getElementById('report').open && document.activeElement.id === 'report-text'`)
	c.call(nil, "Input.insertText", map[string]any{"text": "Two pick-ups stopped at the berm."})
	c.eval(`(() => {
		document.getElementById('report-place').value = 'east of post 4';
		document.getElementById('report-here').checked = true;
		document.getElementById('report-reporter').value = 'HAWK-7';
		const files = new DataTransfer();
		files.items.add(new File(['seen from the tower'], 'note.txt', { type: 'text/plain' }));
		document.getElementById('report-files').files = files.files;
	})()`)
	c.shot("report")
	c.eval(`document.querySelector('#report-form button[type=submit]').click()`)
	c.until(`!document.getElementById('report').open && document.querySelectorAll('#reports-list li').length === 1`)
	if said := c.eval(`document.getElementById('reports-list').textContent`); !strings.Contains(fmt.Sprint(said), "Two pick-ups stopped at the berm. east of post 4, HAWK-7") || !strings.Contains(fmt.Sprint(said), "1 file") {
		t.Errorf("the list says %q", said)
	}
	quiet(t, c)
}

// quiet holds the browser to having complained of nothing but what is known.
func quiet(t *testing.T, c *chromium, but ...string) {
	t.Helper()
	for _, said := range c.complaints() {
		known := false
		for _, b := range but {
			known = known || strings.Contains(said, b)
		}
		if !known {
			t.Errorf("the browser complained: %.600s", said)
		}
	}
}

func TestTheMapShowsWhatMoves(t *testing.T) {
	c := openBrowser(t)
	p := newPost(t, nil)
	course := func(o *track.Observation) { o.Course, o.Speed = 45, 12 }
	p.say("HAWK-7", "a-f-G-U-C", 34.42, 41.05, course)
	p.say("truck", "a-u-G-E-V", 34.40, 40.95)
	p.say("old", "a-u-G-E-V", 34.35, 41.1, func(o *track.Observation) { o.Stale = o.Time.Add(-time.Second) })
	c.open("http://" + p.address + "/")
	c.until(`document.getElementById('state').dataset.state === 'live'`)
	c.idle()
	c.until(near("truck", 40.95))
	c.shot("begin")
	if shown := c.eval(`document.getElementById('banner').hidden === false && document.getElementById('about-note').textContent.includes('llustrative')`); shown != true {
		t.Error("that there are no users, or that the area is illustrative, is not said")
	}
	c.until(`document.querySelectorAll('#feeds-list li').length === 2 && document.querySelectorAll('#objects-list li').length === 3`)

	p.say("truck", "a-u-G-E-V", 34.40, 41.00)
	c.until(near("truck", 41.00))

	p.stop()
	c.until(`/reconnecting, last heard \d+ s ago/.test(document.getElementById('state-text').textContent)`)
	p.start()
	p.say("truck", "a-u-G-E-V", 34.40, 41.20)
	c.until(`document.getElementById('state').dataset.state === 'live'`)
	c.until(near("truck", 41.20))
	c.until(near("HAWK-7", 41.05))
	quiet(t, c, "ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")
}

func TestACallForHelpIsLoudAndClosedByKeyboard(t *testing.T) {
	c := openBrowser(t)
	p := newPost(t, nil)
	p.say("HAWK-7", "a-f-G-U-C", 34.42, 41.05)
	c.open("http://" + p.address + "/")
	c.until(`document.getElementById('state').dataset.state === 'live'`)
	c.idle()
	p.say("PATROL-2", "b-a-o-tbl", 34.45, 41.10)
	c.until(`document.getElementById('alarm').textContent === 'Call for help: PATROL-2'`)
	c.until(`document.querySelectorAll('#calls-list li').length === 1 && document.title.startsWith('(1)')`)
	c.until(near("PATROL-2", 41.10))
	c.eval(`document.querySelector('#calls-list button').focus()`)
	c.press("Enter", 13)
	c.eval(`document.querySelector('#calls-list button').click()`)
	c.until(`document.getElementById('selected').hidden === false && document.getElementById('selected-list').textContent.includes('call for help')`)
	c.idle()
	c.shot("call")
	c.press("Escape", 27)
	c.until(`document.getElementById('selected').hidden && document.activeElement === window.vedette.watch.map.getCanvas()`)
	before := c.eval(`window.vedette.watch.map.getCenter().lng`)
	c.press("ArrowRight", 39)
	c.until(fmt.Sprintf(`window.vedette.watch.map.getCenter().lng > %v`, before))
	c.eval(`document.querySelector('#calls-list .act button').click()`)
	c.until(`document.getElementById('closing').open && document.activeElement.id === 'closing-outcome'`)
	c.call(nil, "Input.insertText", map[string]any{"text": "found, and well"})
	c.shot("closing")
	c.eval(`document.querySelector('#closing-form button[type=submit]').click()`)
	c.until(`!document.getElementById('closing').open && document.querySelectorAll('#calls-list li').length === 0`)
	if obj, ok := p.picture.Object(track.Key{Source: "tak", ID: "PATROL-2"}); !ok || obj.Closed != "local: found, and well" {
		t.Errorf("the call ended with %+v", obj)
	}
	quiet(t, c)
}

func TestLoginOnAPhoneInTheDark(t *testing.T) {
	c := openBrowser(t)
	users, err := access.Open(access.Options{Path: filepath.Join(t.TempDir(), "access.json"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { users.Close() })
	const password = "a long enough password"
	for name, role := range map[string]access.Role{"anna": access.Viewer, "chief": access.Admin} {
		if err := users.Add(context.Background(), access.User{Name: name, Roles: []access.Role{role}}, password); err != nil {
			t.Fatal(err)
		}
	}
	p := newPost(t, users)
	p.say("truck", "a-u-G-E-V", 34.40, 40.95)
	p.say("PATROL-2", "b-a-o-tbl", 34.45, 41.10)
	p.say("secret", "a-u-G-E-V", 34.40, 41.05, func(o *track.Observation) { o.Groups = []string{"north"} })
	c.call(nil, "Emulation.setDeviceMetricsOverride", map[string]any{"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true})
	c.call(nil, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": "dark"}}})
	c.open("http://" + p.address + "/")
	logIn := func(password string) {
		c.until(`!document.getElementById('login').hidden`)
		c.eval(fmt.Sprintf(`document.getElementById('login-name').value = 'anna'; document.getElementById('login-password').value = %q; document.querySelector('#login-form button').click()`, password))
	}
	logIn("a wrong password")
	c.until(`document.getElementById('login-error').textContent.includes('wrong')`)
	c.shot("login")
	logIn(password)
	c.until(`document.getElementById('state').dataset.state === 'live' && document.getElementById('banner').hidden && document.getElementById('who-name').textContent === 'anna'`)
	c.idle()
	c.until(near("truck", 40.95))
	c.shot("phone")
	if got := c.eval(`document.querySelectorAll('#calls-list li').length + ' ' + document.querySelectorAll('#calls-list .act').length + ' ' + window.vedette.picture.objects.has('tak/secret') + ' ' + (document.documentElement.scrollWidth <= 390)`); got != "1 0 false true" {
		t.Errorf("calls, forms to close them, what is hidden, and whether the page fits: %v", got)
	}
	if err := users.SetPassword(context.Background(), "anna", "another long password"); err != nil {
		t.Fatal(err)
	}
	c.until(`!document.getElementById('login').hidden && document.getElementById('watch').hidden`)
	quiet(t, c, "status of 401")
}
