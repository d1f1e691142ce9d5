// Mutated sends a million damaged messages of every format that vedette serve
// reads, through real sockets, and tells whether it lives, what it counts, what
// memory it takes, and whether two clients beside notice anything.
//
// A damaged message is a good one with up to four bytes changed, taken out or
// put in, cut short, doubled, or joined to another.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"vedette/bench/served"
	"vedette/geo"
	"vedette/wire/adsb"
	"vedette/wire/cot"
)

func main() {
	area := flag.String("area", "../examples/al-qaim/al-qaim.area.geojson", "area file to serve")
	count := flag.Int("count", 1_000_000, "messages of each format")
	seed := flag.Uint64("seed", 1, "seed of the damage")
	flag.Parse()
	if err := run(*area, *count, *seed); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// format is what is damaged, and where it goes.
type format struct {
	name    string
	address string
	hello   []byte // sent first on every connection
	good    [][]byte
	// frame puts a damaged message into the frame of its stream; one frame in
	// 20,000 is damaged too, and ends the connection. Nil where messages are
	// told apart by what stands in them.
	frame func(message []byte) []byte
}

func run(area string, count int, seed uint64) error {
	dir, err := os.MkdirTemp("", "mutated-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ports, err := served.Free(3)
	if err != nil {
		return err
	}
	var settings strings.Builder
	for i, kind := range []string{"ais", "sbs", "beast"} {
		fmt.Fprintf(&settings, "[[feed]]\nname = %q\nkind = %q\nurl = \"tcp-listen://%s\"\ntrust = \"unauthenticated\"\n", kind, kind, ports[i])
	}
	server, err := served.Start(dir, area, settings.String())
	if err != nil {
		return err
	}
	defer server.Kill()
	w, err := watch(server.TAK)
	if err != nil {
		return err
	}
	defer w.close()
	formats := []format{
		{"CoT XML", server.TAK, nil, events(cot.XML), nil},
		{"CoT protobuf", server.TAK, request(), events(cot.Proto), func(b []byte) []byte { return cot.AppendFrame(nil, b) }},
		{"AIS", ports[0], nil, sentences(), nil},
		{"SBS", ports[1], nil, messages(), nil},
		{"Beast", ports[2], nil, frames(), nil},
	}
	fmt.Println("format | sent | connections | refused | reasons | events read | taken | resident MB, most | seconds")
	for i, f := range formats {
		if err := f.attack(server, count, rand.New(rand.NewPCG(seed, uint64(i)))); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if err := w.verdict(); err != nil {
		return err
	}
	took, err := server.Stop()
	fmt.Printf("stopped within %v, %v\n", took.Round(time.Millisecond), err)
	return err
}

// attack sends the damaged messages, and prints what the server made of them.
func (f format) attack(server *served.Process, count int, r *rand.Rand) error {
	before, err := server.Metrics()
	if err != nil {
		return err
	}
	began := time.Now()
	var most float64
	connections, sent := 0, 0
	for handled := 0; handled < count; connections++ {
		n, err := f.connection(r, min(count-handled, 20_000))
		if err != nil {
			return err
		}
		sent += n
		m, err := server.Metrics()
		if err != nil {
			return fmt.Errorf("the server does not answer: %w", err)
		}
		most = max(most, m["process_resident_memory_bytes"])
		if handled = sent; f.address == server.TAK { // of a connection that it ends, it has not read all
			read, _ := rise(before, m, "tak_received_total")
			refused, _ := rise(before, m, "tak_refused_total")
			handled = int(read + refused)
		}
	}
	time.Sleep(2 * time.Second) // for what is on its way
	after, err := server.Metrics()
	if err != nil {
		return err
	}
	most = max(most, after["process_resident_memory_bytes"])
	refused, reasons := rise(before, after, "refused_total")
	taken, _ := rise(before, after, "observations_taken_total")
	read, _ := rise(before, after, "tak_received_total")
	fmt.Printf("%s | %d | %d | %.0f | %s | %.0f | %.0f | %.0f | %.0f\n", f.name, sent, connections, refused, reasons, read, taken, most/1e6, time.Since(began).Seconds())
	if refused == 0 {
		return fmt.Errorf("nothing was refused")
	}
	return nil
}

// rise gives how much the metrics with a word in their names grew, and where.
func rise(before, after map[string]float64, word string) (float64, string) {
	var sum float64
	var all []string
	for name, v := range after {
		if by := v - before[name]; by > 0 && strings.Contains(name, word) && !strings.Contains(name, "vedette_observations_refused") {
			sum += by
			_, labels, _ := strings.Cut(name, "reason=")
			all = append(all, fmt.Sprintf("%s %.0f", strings.Trim(labels, `"}`), by))
		}
	}
	slices.Sort(all)
	return sum, strings.Join(all, ", ")
}

// connection sends up to most messages on one connection; the server may end it.
func (f format) connection(r *rand.Rand, most int) (sent int, err error) {
	conn, err := net.Dial("tcp", f.address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	ended := make(chan struct{})
	go func() { // what it says is not looked at
		defer close(ended)
		_, _ = io.Copy(io.Discard, conn)
	}()
	// To close before the server has read all would throw away what it has not.
	defer func() {
		if conn.(*net.TCPConn).CloseWrite() == nil {
			<-ended
		}
	}()
	if _, err := conn.Write(f.hello); err != nil {
		return 0, err
	}
	for sent < most {
		var b []byte
		n := min(most-sent, 50)
		for range n {
			b = append(b, f.message(r)...)
		}
		sent += n
		if _, err := conn.Write(b); err != nil {
			return sent, nil
		}
	}
	return sent, nil
}

// message gives a damaged message, ready to be sent.
func (f format) message(r *rand.Rand) []byte {
	b := damage(r, f.good)
	if f.frame == nil {
		return b
	}
	if b = f.frame(b); r.IntN(20_000) == 0 {
		b = damage(r, [][]byte{b})
	}
	return b
}

// damage gives one of the good messages, damaged.
func damage(r *rand.Rand, good [][]byte) []byte {
	b := bytes.Clone(good[r.IntN(len(good))])
	for range 1 + r.IntN(4) {
		if len(b) < 2 {
			return b
		}
		at := r.IntN(len(b))
		switch r.IntN(6) {
		case 0:
			b[at] ^= 1 << r.IntN(8)
		case 1:
			b[at] = byte(r.IntN(256))
		case 2:
			b = slices.Delete(b, at, at+1)
		case 3:
			b = slices.Insert(b, at, byte(r.IntN(256)))
		case 4:
			other := good[r.IntN(len(good))]
			b = append(b[:at], other[r.IntN(len(other)):]...)
		default:
			if r.IntN(20) == 0 { // seldom: what is cut takes what follows with it
				b = b[:at]
			}
		}
	}
	return b
}

// event is a good event with everything that has a typed form, and something
// that has none.
func event(uid, typ string, i int) *cot.Event {
	now := time.Now().UTC()
	return &cot.Event{UID: uid, Type: typ, How: "m-g", Time: now, Start: now, Stale: now.Add(time.Minute),
		Point: cot.Point{Lat: 34.3 + float64(i)/1000, Lon: 41, HAE: 180, CE: 5, LE: cot.UnknownError},
		Detail: cot.Detail(`<contact callsign="M" endpoint="*:-1:stcp"/><__group name="Cyan" role="HQ"/><status battery="80"/>` +
			`<track course="90.5" speed="1.25"/><takv device="d" platform="p" os="29" version="4"/><own a="&lt;"><b/>text</own>`)}
}

func events(form cot.Form) [][]byte {
	var all [][]byte
	for i, typ := range []string{"a-f-G-U-C", "a-u-S", "b-t-f", "t-x-d-d", "u-d-f", "b-m-p-s-m"} {
		b, err := event(fmt.Sprint("mutated-", i), typ, i).Bytes(form)
		if err != nil {
			panic(err) // the event is ours
		}
		all = append(all, b)
	}
	return all
}

// request asks for protobuf at once, which the server takes after its offer.
func request() []byte {
	b, err := cot.NewRequest("mutated", time.Now().UTC(), 1).Bytes(cot.XML)
	if err != nil {
		panic(err)
	}
	return b
}

func sentences() [][]byte {
	lines := []string{
		"!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKH,0*5C",
		"!AIVDM,1,1,,A,403OviQuMGCqWrRO9>E6fE700@GO,0*4D",
		"!AIVDM,2,1,3,B,55P5TL01VIaAL@7WKO@mBplU@<PDhh000000001S;AJ::4A80?4i@E53,0*3E\r\n!AIVDM,2,2,3,B,1@0000000000000,2*55",
		"!AIVDM,1,1,,B,B52K>;h00Fc>jpUlNV@ikwpUoP06,0*4C",
		"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A",
	}
	return ended(lines)
}

func messages() [][]byte {
	return ended([]string{
		"MSG,3,1,1,4D2023,1,2018/11/25,12:00:00.000,2018/11/25,12:00:00.000,,35000,,,34.5,41.0,,,0,0,0,0",
		"MSG,1,1,1,4D2023,1,2018/11/25,12:00:00.000,2018/11/25,12:00:00.000,AMC421,,,,,,,,,,,",
		"MSG,4,1,1,4D2023,1,2018/11/25,12:00:00.000,2018/11/25,12:00:00.000,,,420,181,,,-64,,,,,",
	})
}

func ended(lines []string) [][]byte {
	var all [][]byte
	for _, l := range lines {
		all = append(all, []byte(l+"\r\n"))
	}
	return all
}

func frames() [][]byte {
	var all [][]byte
	for _, line := range []string{"*8D4840D6202CC371C32CE0576098;", "*8D40621D58C382D690C8AC2863A7;", "*8D40621D58C386435CC412692AD6;", "*8D485020994409940838175B284F;", "*5D4CA251DBD8F1;"} {
		f, err := adsb.ParseAVR(line)
		if err != nil {
			f, err = adsb.NewFrame([]byte{0x5d, 0x4c, 0xa2, 0x51, 0xdb, 0xd8, 0xf1})
		}
		if err != nil {
			panic(err)
		}
		all = append(all, adsb.AppendBeast(nil, &f))
	}
	return all
}

// witness is two clients that are good: one speaks, the other hears.
type witness struct {
	speaker, hearer net.Conn
	said, heard     atomic.Int64
	worst           atomic.Int64 // nanoseconds
	stop            chan struct{}
}

// watch lets one client say a numbered word ten times a second, and the other
// count and time them.
func watch(address string) (*witness, error) {
	w := &witness{stop: make(chan struct{})}
	var err error
	if w.hearer, err = net.Dial("tcp", address); err != nil {
		return nil, err
	}
	if w.speaker, err = net.Dial("tcp", address); err != nil {
		return nil, err
	}
	go w.hear()
	go w.speak()
	return w, nil
}

func (w *witness) speak() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-tick.C:
		}
		now := time.Now().UTC()
		e := cot.NewChat(cot.Chat{ID: fmt.Sprint("w", now.UnixNano()), From: "W", UID: "witness", Text: "witness"}, cot.Point{Lat: geo.Point{}.Lat, CE: 1, LE: 1, HAE: 1}, now)
		b, err := e.Bytes(cot.XML)
		if err != nil {
			panic(err)
		}
		if _, err := w.speaker.Write(b); err != nil {
			return
		}
		w.said.Add(1)
	}
}

func (w *witness) hear() {
	var split cot.Splitter
	b := make([]byte, 1<<16)
	for {
		n, err := w.hearer.Read(b)
		if err != nil {
			return
		}
		split.Feed(b[:n])
		for {
			doc, err := split.Next()
			if err != nil {
				continue
			}
			if doc == nil {
				break
			}
			e, err := cot.Parse(doc)
			if err != nil {
				continue
			}
			if c, ok := e.Chat(); ok && c.Text == "witness" {
				w.heard.Add(1)
				w.worst.Store(max(w.worst.Load(), int64(time.Since(e.Time))))
			}
		}
	}
}

func (w *witness) close() {
	w.speaker.Close()
	w.hearer.Close()
}

func (w *witness) verdict() error {
	close(w.stop)
	time.Sleep(2 * time.Second)
	fmt.Printf("two clients beside: %d said, %d heard, the slowest after %v\n", w.said.Load(), w.heard.Load(), time.Duration(w.worst.Load()).Round(time.Millisecond))
	if w.said.Load() != w.heard.Load() {
		return fmt.Errorf("the clients beside lost something")
	}
	return nil
}
