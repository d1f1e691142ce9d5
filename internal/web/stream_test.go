package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vedette/track"
)

// event is a server-sent event.
type event struct{ name, id, data string }

// listener follows a stream.
type listener struct {
	t    testing.TB
	resp *http.Response
	in   *bufio.Reader
	last string // id
}

// listen follows the stream until the test ends.
func (p *post) listen(token string, with ...func(*http.Request)) *listener {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", p.url+"/api/v1/stream", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token(token))
	for _, w := range with {
		w(r)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { resp.Body.Close() })
	return &listener{p.t, resp, bufio.NewReader(resp.Body), ""}
}

// next gives the next event, false once the stream has ended.
func (l *listener) next() (event, bool) {
	var e event
	for {
		line, err := l.in.ReadString('\n')
		if err != nil {
			return event{}, false
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch {
		case field == "event":
			e.name = value
		case field == "id":
			e.id, l.last = value, value
		case field == "data":
			e.data = value
		case line == "\n" && e.data != "":
			return e, true
		}
	}
}

// batch gives the next event with objects.
func (l *listener) batch() Batch {
	l.t.Helper()
	for {
		e, ok := l.next()
		if !ok {
			l.t.Fatal("the stream ended")
		}
		if e.name != "objects" {
			continue
		}
		var b Batch
		if err := json.Unmarshal([]byte(e.data), &b); err != nil {
			l.t.Fatalf("%v\n%s", err, e.data)
		}
		return b
	}
}

func TestAStreamBeginsWithAllAndGoesOnWithWhatChanges(t *testing.T) {
	p := start(t)
	p.offer(seen("a", 41), seen("b", 41), seen("secret", 41, inGroup("north")))
	l := p.listen("viewer")
	if e, ok := l.next(); !ok || e.name != "reset" {
		t.Fatalf("the first event is %+v", e)
	}
	if got := l.batch(); ids(Collection{Features: got.Features}) != "a b" || got.More || got.Now.IsZero() {
		t.Errorf("first %+v", got)
	}
	p.offer(seen("secret", 41.1, inGroup("north")), seen("a", 41.2))
	if got := l.batch(); ids(Collection{Features: got.Features}) != "a" || got.Features[0].Geometry.Coordinates[0] != 41.2 {
		t.Errorf("then %+v", got)
	}
	p.offer(seen("b", 41, func(o *track.Observation) { o.Gone = true }))
	if got := l.batch(); !got.Features[0].Properties.Gone {
		t.Errorf("at last %+v", got)
	}
}

func TestAStreamIsResumed(t *testing.T) {
	p := start(t)
	p.offer(seen("a", 41), seen("b", 41))
	l := p.listen("viewer")
	l.batch()
	p.offer(seen("b", 42))
	for name, with := range map[string]func(*http.Request){
		"by the header": header("Last-Event-ID", l.last),
		"by the query":  func(r *http.Request) { r.URL.RawQuery = "after=" + l.last },
	} {
		again := p.listen("viewer", with)
		if e, ok := again.next(); !ok || e.name != "objects" || strings.Contains(e.data, `"id":"a"`) || !strings.Contains(e.data, "[42,") {
			t.Errorf("%s it goes on with %+v", name, e)
		}
	}
	other := p.listen("viewer", header("Last-Event-ID", "1-1")) // of a picture before this one
	if e, ok := other.next(); !ok || e.name != "reset" {
		t.Errorf("with a cursor of another picture it begins with %+v", e)
	}
	p.want(400, "GET", "/api/v1/stream", "viewer", "", header("Last-Event-ID", "a b"))
}

func TestAnObjectThatChangesOftenComesOnce(t *testing.T) {
	p := start(t, func(o *Options) { o.Pace = 50 * time.Millisecond })
	p.offer(seen("a", 41))
	l := p.listen("viewer")
	l.batch()
	for i := range 2000 {
		p.offer(seen("a", 41+float64(i)/1e4))
	}
	events := 0
	for end := 0.0; end != 41+1999.0/1e4; events++ {
		b := l.batch()
		if len(b.Features) != 1 {
			t.Fatalf("%d objects in one event", len(b.Features))
		}
		end = b.Features[0].Geometry.Coordinates[0]
	}
	if events > 200 {
		t.Errorf("2000 changes came in %d events", events)
	}
}

func TestALargePictureComesInParts(t *testing.T) {
	p := start(t)
	for i := range 2*batchObjects + 10 {
		p.offer(seen(fmt.Sprint(i), 41))
	}
	l := p.listen("viewer")
	for i, want := range []int{batchObjects, batchObjects, 10} {
		if b := l.batch(); len(b.Features) != want || b.More != (i < 2) {
			t.Errorf("part %d has %d objects, more: %v", i, len(b.Features), b.More)
		}
	}
}

func TestAStreamGivesSignsOfLife(t *testing.T) {
	p := start(t, func(o *Options) { o.Beat = 10 * time.Millisecond })
	p.offer(seen("a", 41))
	l := p.listen("viewer")
	l.batch()
	if e, ok := l.next(); !ok || e.name != "beat" || e.id == "" || !strings.Contains(e.data, `"now"`) {
		t.Errorf("the sign of life is %+v", e)
	}
}

func TestAStreamBeginsAnewWhenItsReaderMaySeeOtherThings(t *testing.T) {
	p := start(t)
	p.offer(seen("a", 41), seen("secret", 41, inGroup("north")))
	l := p.listen("viewer@north")
	if got := l.batch(); ids(Collection{Features: got.Features}) != "a secret" {
		t.Errorf("first %+v", got)
	}
	if err := p.users.SetGroups("viewer-north", []string{"south"}); err != nil {
		t.Fatal(err)
	}
	if e, ok := l.next(); !ok || e.name != "end" {
		t.Errorf("it is told %+v", e)
	}
	again := p.listen("viewer@north", header("Last-Event-ID", l.last))
	if e, _ := again.next(); e.name != "reset" {
		t.Errorf("then it begins with %+v", e)
	}
	if got := again.batch(); ids(Collection{Features: got.Features}) != "a" {
		t.Errorf("then %+v", got)
	}
	p.token("admin") // one must be left
	if err := p.users.Remove("viewer-north"); err != nil {
		t.Fatal(err)
	}
	for more := true; more; _, more = again.next() {
	}
	p.want(401, "GET", "/api/v1/stream", "viewer@north", "")
}

func TestOneMayFollowSoManyStreams(t *testing.T) {
	p := start(t, func(o *Options) { o.Streams = 2 })
	first := p.listen("viewer")
	p.listen("viewer")
	p.want(429, "GET", "/api/v1/stream", "viewer", "")
	if l := p.listen("operator"); l.resp.StatusCode != 200 {
		t.Errorf("somebody else gets %s", l.resp.Status)
	}
	first.resp.Body.Close()
	waitFor(t, func() bool {
		l := p.listen("viewer")
		l.resp.Body.Close()
		return l.resp.StatusCode == 200
	})
}

func TestStreamsEndWithTheServerAndGoOnWithTheNext(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, filepath.Join(dir, "journal"))
	p := startOn(t, j, filepath.Join(dir, "reports"))
	p.want(201, "POST", "/api/v1/observations", "operator", `{"observations":[{"id":"a","type":"a-u-G","lat_deg":34,"lon_deg":41,"time":"`+time.Now().UTC().Format(time.RFC3339)+`"}]}`)
	l := p.listen("viewer")
	l.batch()
	go p.stop()
	if rest, err := io.ReadAll(l.in); err != nil && !strings.Contains(err.Error(), "EOF") {
		t.Errorf("it ended with %v, %q", err, rest)
	}
	p.stop()
	next := startOn(t, j, filepath.Join(dir, "reports"))
	again := next.listen("viewer", header("Last-Event-ID", l.last))
	if e, ok := again.next(); !ok || e.name != "reset" {
		t.Errorf("after the start it begins with %+v", e)
	}
	if b := again.batch(); ids(Collection{Features: b.Features}) != "a" {
		t.Errorf("after the start there is %+v", b)
	}
}

func TestEncodingsAreSharedAndNeverMixedUp(t *testing.T) {
	p := start(t)
	p.offer(seen("a", 41))
	obj, _ := p.picture.Object(keyOf("tak", "a"))
	first, err := p.server.shared.of(obj)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := p.server.shared.of(obj)
	if &first[0] != &second[0] {
		t.Error("it was encoded twice")
	}
	p.offer(seen("b", 41))
	other, _ := p.picture.Object(keyOf("tak", "b"))
	other.Seq = obj.Seq + uint64(len(p.server.shared.ring)) // the same place
	if b, _ := p.server.shared.of(other); !strings.Contains(string(b), `"tak/b"`) {
		t.Errorf("another object came as %s", b)
	}
}

func TestAReaderWhoTakesNothingIsCutAndHoldsNobodyUp(t *testing.T) {
	p := start(t, func(o *Options) { o.push = time.Second })
	for i := range 6 * batchObjects { // also: whole batches only, so that an empty one says that no more waits
		p.offer(seen(fmt.Sprintf("%0500d", i), 41, func(o *track.Observation) { o.Label = "" }))
	}
	c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", p.token("viewer"))
	streams := func() bool {
		p.server.streams.mu.Lock()
		defer p.server.streams.mu.Unlock()
		return p.server.streams.taken["viewer"] == 1
	}
	waitFor(t, streams)
	l := p.listen("operator")
	for more := true; more; {
		more = l.batch().More
	}
	p.offer(seen("new", 41))
	if b := l.batch(); ids(Collection{Features: b.Features}) != "new" {
		t.Errorf("beside one who takes nothing there comes %d objects", len(b.Features))
	}
	waitFor(t, func() bool { return !streams() })
}

func TestAStreamOutlivesTheTimeForARequest(t *testing.T) {
	p := start(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	short := &http.Server{Handler: p.server, ReadTimeout: 30 * time.Millisecond, WriteTimeout: 30 * time.Millisecond}
	go short.Serve(ln)
	defer short.Close()
	p.url = "http://" + ln.Addr().String()
	p.offer(seen("a", 41))
	l := p.listen("viewer")
	l.batch()
	time.Sleep(100 * time.Millisecond) // well over the times above
	p.offer(seen("b", 41))
	if b := l.batch(); ids(Collection{Features: b.Features}) != "b" {
		t.Errorf("got %+v", b)
	}
	if a := p.want(200, "HEAD", "/api/v1/stream", "viewer", ""); a.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD gives %v", a.Header)
	}
}

// TestWhoMaySeeNoMoreIsTold has two read the same change, who must be told
// different things by the same number.
func TestWhoMaySeeNoMoreIsTold(t *testing.T) {
	p := start(t)
	in := func(group string) func(*track.Observation) {
		return func(o *track.Observation) { o.Groups = []string{group} }
	}
	p.offer(seen("a", 41, in("red")))
	red, green := p.listen("viewer@red"), p.listen("viewer@green")
	if b := red.batch(); len(b.Features) != 1 {
		t.Fatalf("red begins with %+v", b)
	}
	green.batch()
	p.offer(seen("a", 42, in("green")))
	if b := green.batch(); len(b.Features) != 1 || b.Features[0].Properties.Gone || b.Features[0].Geometry == nil {
		t.Errorf("green is told %+v", b)
	}
	if b := red.batch(); len(b.Features) != 1 || !b.Features[0].Properties.Gone || b.Features[0].Geometry != nil || b.Features[0].Properties.Label != "" {
		t.Errorf("red is told %+v", b)
	}
}
