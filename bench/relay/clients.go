//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"vedette/wire/cot"
)

// client sends positions, and counts what it gets and how old that is.
type client struct {
	conn  net.Conn
	uid   string
	proto bool
	got   atomic.Int64
	times histogram // of the one who reads
	ended chan struct{}
}

type fleet []*client

// connect lets n clients in. Each waits for the server's offer, and those that
// speak protobuf accept it.
func connect(s *server, n int, proto bool) (fleet, error) {
	var f fleet
	for i := range n {
		c, err := dial(s, i, proto)
		if err != nil {
			f.close()
			return nil, err
		}
		f = append(f, c)
		go c.read()
	}
	return f, nil
}

func dial(s *server, i int, proto bool) (*client, error) {
	conn, err := s.dial()
	if err != nil {
		return nil, err
	}
	c := &client{conn: conn, uid: fmt.Sprintf("ANDROID-%012d", i), proto: proto, ended: make(chan struct{})}
	if err := c.greet(); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// greet reads the offer, a byte at a time so that no byte behind it is lost.
func (c *client) greet() error {
	offer, err := c.readEvent()
	if err != nil || !c.proto {
		return err
	}
	b, err := cot.NewRequest(offer.UID, time.Now(), 1).AppendXML(nil)
	if err != nil {
		return err
	}
	if _, err := c.conn.Write(b); err != nil {
		return err
	}
	for { // what others say comes in between
		e, err := c.readEvent()
		if err != nil {
			return err
		}
		if accepted, ok := e.Responded(); ok {
			if !accepted {
				err = errors.New("the server does not speak protobuf")
			}
			return err
		}
	}
}

func (c *client) readEvent() (*cot.Event, error) {
	var b []byte
	for one := make([]byte, 1); !bytes.HasSuffix(b, []byte("</event>")); {
		if _, err := c.conn.Read(one); err != nil {
			return nil, err
		}
		b = append(b, one[0])
	}
	return cot.Parse(b)
}

func connectStuck(s *server, n int) (fleet, error) {
	var f fleet
	for range n {
		conn, err := s.dial()
		if err != nil {
			f.close()
			return nil, err
		}
		f = append(f, &client{conn: conn})
	}
	return f, nil
}

func (f fleet) close() {
	for _, c := range f {
		c.conn.Close()
		if c.ended != nil {
			<-c.ended
		}
	}
}

// The stamp stands in the XML detail of both forms, 19 digits.
const (
	stampStart = `<stamp n="`
	stampEnd   = `"/>`
)

var stampMark = []byte(stampStart)

// read counts stamps until the connection ends.
func (c *client) read() {
	defer close(c.ended)
	room := make([]byte, 256<<10)
	have := 0
	for {
		n, err := c.conn.Read(room[have:])
		if err != nil {
			return
		}
		rest := c.count(room[:have+n])
		have = copy(room, rest)
	}
}

// count takes the stamps in b, and gives back what may be the start of one.
func (c *client) count(b []byte) []byte {
	const size = len(stampStart) + 19
	now := time.Now().UnixNano()
	for {
		i := bytes.Index(b, stampMark)
		if i < 0 {
			return b[max(0, len(b)-len(stampStart)+1):]
		}
		if len(b) < i+size {
			return b[i:]
		}
		if at, err := strconv.ParseInt(string(b[i+len(stampStart):i+size]), 10, 64); err == nil {
			c.times.add(time.Duration(now - at))
			c.got.Add(1)
		}
		b = b[i+size:]
	}
}

// position is what a phone sends, with a stamp.
func position(dst []byte, uid string, now time.Time) []byte {
	at, stale := now.UTC().Format("2006-01-02T15:04:05.000Z"), now.UTC().Add(time.Minute).Format("2006-01-02T15:04:05.000Z")
	return fmt.Appendf(dst, `<?xml version="1.0" encoding="UTF-8"?><event version="2.0" uid="%s" type="a-f-G-U-C" how="m-g" time="%s" start="%s" stale="%s">`+
		`<point lat="34.3924871" lon="40.9894502" hae="181.25" ce="4.7" le="9999999.0"/><detail>`+
		`<takv os="29" version="4.10.0.5" device="SAMSUNG SM-G981U" platform="ATAK-CIV"/><contact endpoint="*:-1:stcp" callsign="%s"/>`+
		`<uid Droid="Post 7"/><precisionlocation altsrc="GPS" geopointsrc="GPS"/><__group role="Team Member" name="Cyan"/>`+
		`<status battery="78"/><track course="267.83463286462046" speed="1.25"/>`+stampStart+"%019d"+stampEnd+`</detail></event>`,
		uid, at, at, stale, uid, now.UnixNano())
}

// message is the same in the form of c.
func (c *client) message(dst []byte, uid string, now time.Time) ([]byte, error) {
	if !c.proto {
		return position(dst, uid, now), nil
	}
	e, err := cot.Parse(position(nil, uid, now))
	if err != nil {
		return nil, err
	}
	payload, err := e.Bytes(cot.Proto)
	return cot.AppendFrame(dst, payload), err
}

// sendObjects sends n objects in one go.
func (c *client) sendObjects(n int) error {
	var b []byte
	var err error
	for i := range n {
		if b, err = c.message(b, fmt.Sprintf("%s.%d", c.uid, i), time.Now()); err != nil {
			return err
		}
	}
	_, err = c.conn.Write(b)
	return err
}

// tick is how often a client sends its share.
const tick = 20 * time.Millisecond

// sendAll sends at a rate, each client its share, out of step with one another.
func (f fleet) sendAll(rate int, span time.Duration) (sent int, err error) {
	var total atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	for i, c := range f {
		wg.Go(func() {
			time.Sleep(tick * time.Duration(i) / time.Duration(len(f)))
			n, err := c.send(float64(rate)/float64(len(f)), span)
			total.Add(int64(n))
			if err != nil {
				failed.Store(err)
			}
		})
	}
	wg.Wait()
	err, _ = failed.Load().(error)
	return int(total.Load()), err
}

func (c *client) send(rate float64, span time.Duration) (sent int, err error) {
	start := time.Now()
	var b []byte
	for elapsed := time.Duration(0); elapsed < span; elapsed = time.Since(start) {
		b = b[:0]
		for due := int(rate * elapsed.Seconds()); sent < due; sent++ {
			if b, err = c.message(b, c.uid, time.Now()); err != nil {
				return sent, err
			}
		}
		if _, err := c.conn.Write(b); err != nil {
			return sent, err
		}
		time.Sleep(tick)
	}
	return sent, nil
}

// await waits until the clients got so many, or nothing more for two seconds.
func (f fleet) await(want int) int {
	got, since := 0, time.Now()
	for got < want && time.Since(since) < 2*time.Second {
		time.Sleep(10 * time.Millisecond)
		if n := f.got(); n != got {
			got, since = n, time.Now()
		}
	}
	return got
}

func (f fleet) got() int {
	n := 0
	for _, c := range f {
		n += int(c.got.Load())
	}
	return n
}

// times adds up what the clients measured. It ends them.
func (f fleet) times() *histogram {
	f.close()
	var all histogram
	for _, c := range f {
		for i, n := range c.times {
			all[i] += n
		}
	}
	return &all
}

// histogram counts times by quarters of a millisecond, up to ten seconds.
type histogram [40_000]int32

const quarter = 250 * time.Microsecond

func (h *histogram) add(d time.Duration) {
	h[min(max(int(d/quarter), 0), len(h)-1)]++
}

func (h *histogram) quantile(q float64) time.Duration {
	all := 0
	for _, n := range h {
		all += int(n)
	}
	seen := 0
	for i, n := range h {
		if seen += int(n); n > 0 && float64(seen) >= q*float64(all) {
			return time.Duration(i+1) * quarter
		}
	}
	return 0
}
